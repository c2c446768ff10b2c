using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Tests.Rollouts;

/// <summary>Rollouts and what they see, for tests of the machine alone.</summary>
internal static class Rolling
{
    public const int Count = 3;

    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public static readonly CanaryStrategy Rollingly = new()
    {
        Steps = [],
        MaxSurge = 1,
        MaxUnavailable = 0,
        ReadyWithin = TimeSpan.FromSeconds(30),
    };

    public static readonly CanaryStrategy Recreating = Rollingly with
    {
        MaxSurge = 0,
        MaxUnavailable = Count,
        Exchange = new Exchange.Recreate(),
    };

    public static Rollout ARollout(CanaryStrategy strategy, RolloutPhase phase)
    {
        var service = ServiceName.Parse("checkout");
        var stage = StageName.Parse("prod");
        return new Rollout
        {
            Id = RolloutId.Of(TrainId.Of(LineName.Of(service), 2), stage),
            Service = service,
            Stage = new Stage
            {
                Name = stage,
                Pool = PoolName.Parse("default"),
                Count = Count,
                Strategy = strategy,
                Approval = null,
                Judge = new JudgePolicy
                {
                    Alpha = 0.001,
                    Beta = 0.05,
                    ToleratedRatio = 1,
                    AcceptableErrorRate = 0.05,
                },
                Soak = TimeSpan.Zero,
            },
            From = SemanticVersion.Parse("1.0.0"),
            To = SemanticVersion.Parse("1.1.0"),
            PublishedBy = "ana",
            ConsistHash = "sha256:1",
            Phase = phase,
            Approval = null,
            PhaseSince = Noon,
            Verdict = null,
            UnreadySince = null,
            PlannedAt = Noon,
            EndedAt = null,
        };
    }

    /// <summary>All that are ready have been for long.</summary>
    public static VersionFleet AFleet(int target, int running, int ready) =>
        new(target, running, ready, Healthy: ready, Trouble: "");

    public static Transition.Done Observe(Rollout rollout, VersionFleet old, VersionFleet @new, DateTimeOffset now) =>
        Assert.IsType<Transition.Done>(
            RolloutMachine.Step(rollout, new RolloutEvent.Observed(new StageFleet(old, @new), Blocker: ""), now)
        );
}
