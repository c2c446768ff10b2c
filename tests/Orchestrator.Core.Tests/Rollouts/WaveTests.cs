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
            Enumerable.Range(0, RolloutWaves.CountOf(First(plain))).Select(at => RolloutWaves.GoalOf(First(plain), at))
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

    [Fact]
    public void Domains_come_as_they_are_named_then_by_name_and_hosts_without_the_label_last()
    {
        DomainShare[] domains = [new("", 1), new("b", 1), new("a", 1), new("d", 1), new("c", 1)];
        var policy = DomainWaves.Zones with { First = ["d", "x", "b"] };

        Assert.Equal(["d", "b", "a", "c", ""], RolloutDomains.Ordered(policy, domains).Select(each => each.Name));
        Assert.Empty(RolloutDomains.Ordered(policy, [new DomainShare("a", 9)]));
        Assert.Empty(RolloutDomains.Ordered(policy: null, domains));
    }

    [Fact]
    public void A_wave_by_domain_is_all_that_was_there_and_a_canary_stays_within_as_few_as_it_needs()
    {
        var plain = InDomains(Rollingly, ("a", 2), ("b", 3), ("c", 1));
        var canary = InDomains(Rollingly with { Steps = [Two with { Instances = 3 }] }, ("a", 2), ("b", 3), ("c", 1));

        Assert.Equal(3, RolloutWaves.CountOf(plain));
        Assert.Equal([2, 5, 6], Goals(plain));
        Assert.Equal([5, 5, 6], Goals(canary));
        Assert.Equal(["a"], RolloutDomains.OpenAt(plain)!.Names);
        Assert.Equal(["a", "b"], RolloutDomains.OpenAt(canary)!.Names);
        Assert.Null(
            RolloutDomains.OpenAt(plain with { Phase = new RolloutPhase.Promoting(Ready: 0, Noon) { Wave = 2 } })
        );
        Assert.Null(RolloutDomains.OpenAt(plain with { Phase = new RolloutPhase.RollingBack("bad", Noon) }));
        Assert.Equal(
            ["a"],
            RolloutDomains.OpenAt(plain with { Phase = new RolloutPhase.Paused(plain.Phase, "ola", "lunch") })!.Names
        );
    }

    private static Rollout InDomains(CanaryStrategy strategy, params (string Name, int Instances)[] domains) =>
        ARollout(strategy, new RolloutPhase.Promoting(Ready: 0, Noon)) with
        {
            Stage = ARollout(strategy, new RolloutPhase.Planned()).Stage with
            {
                Count = domains.Sum(each => each.Instances),
            },
            Domains = [.. domains.Select(each => new DomainShare(each.Name, each.Instances))],
        };

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
