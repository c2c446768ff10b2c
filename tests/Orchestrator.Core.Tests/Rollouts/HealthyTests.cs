using CsCheck;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Rollouts.Rolling;

namespace Orchestrator.Core.Tests.Rollouts;

public sealed class HealthyTests
{
    private static readonly Rollout Patient = ARollout(
        Rollingly with
        {
            HealthyFor = TimeSpan.FromSeconds(60),
        },
        new RolloutPhase.Promoting(Ready: 0, Noon)
    );

    /// <summary>Of the old version as many as there are ready are wanted, of the new one fewer are healthy than ready.</summary>
    [Fact]
    public void Old_instances_go_only_for_new_ones_that_are_healthy() =>
        Gen.Select(Gen.Int[0, Count], Gen.Int[0, Count])
            .Where((ready, healthy) => healthy <= ready)
            .Sample(
                (ready, healthy) =>
                {
                    var @new = new VersionFleet(ready, ready, ready, healthy, Trouble: "");

                    var done = Observe(Patient, AFleet(Count, Count, Count), @new, Noon);

                    var targets = Assert.Single(done.Effects.OfType<RolloutEffect.SetTargets>());
                    Assert.Equal(Count - healthy, targets.Old);
                }
            );

    [Fact]
    public void The_deadline_leaves_time_to_prove_it_and_says_what_failed()
    {
        var flapping = new VersionFleet(Target: 1, Running: 1, Ready: 1, Healthy: 0, Trouble: "");

        var early = Observe(Patient, AFleet(Count, Count, Count), flapping, Noon.AddSeconds(89)).Rollout.Phase;
        var late = Observe(Patient, AFleet(Count, Count, Count), flapping, Noon.AddSeconds(90)).Rollout.Phase;

        Assert.IsType<RolloutPhase.Promoting>(early);
        var back = Assert.IsType<RolloutPhase.RollingBack>(late);
        Assert.Equal("only 1 of 1 instances ready within 30 s, and 0 for 60 s on end", back.Reason);
    }
}
