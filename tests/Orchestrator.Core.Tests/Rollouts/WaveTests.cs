using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Rollouts.Rolling;

namespace Orchestrator.Core.Tests.Rollouts;

public sealed class WaveTests
{
    private static readonly CanaryStep Two = new()
    {
        Instances = 2,
        WeightPercent = 10,
        Bake = TimeSpan.Zero,
        MinimumRequests = 1,
        JudgeWithin = TimeSpan.FromMinutes(1),
    };

    [Fact]
    public void A_wave_is_rounded_up_never_smaller_than_the_canary_and_the_last_is_all()
    {
        var plain = InWaves(Rollingly);
        var canary = InWaves(Rollingly with { Steps = [Two] });

        Assert.Equal([1, 2, 3], Goals(plain));
        Assert.Equal([2, 2, 3], Goals(canary));
        Assert.Equal(
            [3],
            Enumerable
                .Range(0, RolloutWaves.Of(First(plain)).Percents.Length)
                .Select(at => RolloutWaves.GoalOf(First(plain), at))
        );
    }

    [Fact]
    public void Without_a_soak_the_next_wave_begins_without_evidence()
    {
        var rollout = InWaves(Rollingly);
        var (old, @new) = (AFleet(2, 2, 2), AFleet(1, 1, 1));

        var done = Observe(rollout, old, @new, Noon).Rollout;
        var next = Observe(done, old, @new, Noon).Rollout;

        Assert.Equal(new RolloutPhase.Promoting(Ready: 0, Noon) { SoakingSince = Noon }, done.Phase);
        Assert.Equal(new RolloutPhase.Promoting(Ready: 0, Noon) { Wave = 1 }, next.Phase);
    }

    private static Rollout InWaves(CanaryStrategy strategy) =>
        ARollout(
            strategy with
            {
                Exchange = new Exchange.Rolling { Waves = new Waves([10, 50, 100], TimeSpan.Zero) },
            },
            new RolloutPhase.Promoting(Ready: 0, Noon)
        );

    private static Rollout First(Rollout rollout) => rollout with { From = null };

    private static IEnumerable<int> Goals(Rollout rollout) =>
        Enumerable.Range(0, 3).Select(wave => RolloutWaves.GoalOf(rollout, wave));
}
