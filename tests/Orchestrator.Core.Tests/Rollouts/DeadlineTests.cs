using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Rollouts.Rolling;

namespace Orchestrator.Core.Tests.Rollouts;

/// <summary>To the tick: what has a time has all of it, and nothing has more.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Bake = TimeSpan.FromMinutes(1);
    private static readonly VersionFleet None = AFleet(0, 0, 0);
    private static readonly VersionFleet Whole = AFleet(Count, Count, Count);
    private static readonly VersionFleet OneOfOne = AFleet(1, 1, 1);

    private static readonly CanaryStrategy Canary = Rollingly with
    {
        HealthyFor = TimeSpan.FromSeconds(10),
        Steps =
        [
            new CanaryStep
            {
                Instances = 1,
                WeightPercent = 10,
                Bake = Bake,
                MinimumRequests = 20,
                JudgeWithin = TimeSpan.FromMinutes(5),
            },
        ],
    };

    private static readonly TimeSpan Patience = Canary.ReadyWithin + Canary.HealthyFor;

    [Fact]
    public void A_canary_that_does_not_come_up_has_its_time_and_goes_back_then()
    {
        var rollout = ARollout(Canary, new RolloutPhase.Deploying(Step: 0, Noon));
        var starting = AFleet(1, 1, 0);

        var before = Observe(rollout, Whole, starting, Noon + Patience - Tick).Rollout;
        var after = Observe(rollout, Whole, starting, Noon + Patience).Rollout;

        Assert.Equal(rollout.Phase, before.Phase);
        Assert.IsType<RolloutPhase.RollingBack>(after.Phase);
    }

    [Fact]
    public void A_canary_gets_its_traffic_when_all_of_it_is_healthy_and_no_more_is_wanted()
    {
        var rollout = ARollout(Canary, new RolloutPhase.Deploying(Step: 0, Noon));

        var ready = Observe(rollout, Whole, OneOfOne with { Healthy = 0 }, Noon);
        var tooMany = Observe(rollout, Whole, AFleet(2, 2, 2), Noon);
        var healthy = Observe(rollout, Whole, OneOfOne, Noon);

        Assert.IsType<RolloutPhase.Deploying>(ready.Rollout.Phase);
        Assert.IsType<RolloutPhase.Deploying>(tooMany.Rollout.Phase);
        Assert.Equal(new RolloutPhase.Baking(Step: 0, Noon), healthy.Rollout.Phase);
        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 10), healthy.Effects);
    }

    [Fact]
    public void A_canary_bakes_as_long_as_its_step_says_and_is_judged_then()
    {
        var rollout = ARollout(Canary, new RolloutPhase.Baking(Step: 0, Noon));

        var before = Observe(rollout, Whole, OneOfOne, Noon + Bake - Tick).Rollout;
        var after = Observe(rollout, Whole, OneOfOne, Noon + Bake).Rollout;

        Assert.Equal(rollout.Phase, before.Phase);
        Assert.Equal(new RolloutPhase.Judging(Step: 0, Noon), after.Phase);
    }

    [Fact]
    public void A_canary_that_is_not_ready_any_more_has_the_time_of_one_that_starts()
    {
        var rollout = ARollout(Canary, new RolloutPhase.Baking(Step: 0, Noon));
        var down = AFleet(1, 1, 0);

        var noticed = Observe(rollout, Whole, down, Noon).Rollout;
        var before = Observe(noticed, Whole, down, Noon + Canary.ReadyWithin - Tick).Rollout;
        var after = Observe(before, Whole, down, Noon + Canary.ReadyWithin).Rollout;
        var up = Observe(before, Whole, OneOfOne, Noon + Canary.ReadyWithin).Rollout;

        Assert.Equal(Noon, noticed.UnreadySince);
        Assert.IsType<RolloutPhase.Baking>(before.Phase);
        Assert.IsType<RolloutPhase.RollingBack>(after.Phase);
        Assert.IsType<RolloutPhase.Baking>(up.Phase);
        Assert.Null(up.UnreadySince);
    }

    [Fact]
    public void Each_instance_that_becomes_healthy_gives_the_next_one_the_whole_time()
    {
        var rollout = ARollout(Rollingly with { HealthyFor = Canary.HealthyFor }, Promoting(healthy: 0));
        var one = AFleet(2, 2, 1);

        var first = Observe(rollout, AFleet(2, 2, 2), one, Noon + Patience).Rollout;
        var before = Observe(first, AFleet(2, 2, 2), one, Noon + Patience + Patience - Tick).Rollout;
        var after = Observe(before, AFleet(2, 2, 2), one, Noon + Patience + Patience).Rollout;

        Assert.Equal(Promoting(healthy: 1) with { Since = Noon + Patience }, first.Phase);
        Assert.Equal(first.Phase, before.Phase);
        Assert.IsType<RolloutPhase.RollingBack>(after.Phase);
    }

    [Fact]
    public void A_promotion_whose_new_instances_are_all_healthy_waits_for_the_old_ones_however_long()
    {
        var rollout = ARollout(Rollingly, Promoting(Count));
        var late = Noon + TimeSpan.FromDays(1);

        var waiting = Observe(rollout, AFleet(0, 1, 0), Whole, late).Rollout;
        var done = Observe(rollout, None, Whole, late);

        Assert.Equal(rollout.Phase, waiting.Phase);
        Assert.IsType<RolloutPhase.Succeeded>(done.Rollout.Phase);
        Assert.Equal((late, late, late), (done.Rollout.EndedAt, done.Rollout.SucceededAt, done.Rollout.PhaseSince));
        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 100), done.Effects);
        Assert.Contains(new RolloutEffect.MakeCurrent(), done.Effects);
    }

    [Fact]
    public void Traffic_follows_the_ready_instances_and_is_never_less_than_the_canary_had()
    {
        var rollout = ARollout(Canary, Promoting(healthy: 0));

        var asCanary = Observe(rollout, Whole, AFleet(1, 1, 0), Noon).Effects;
        var half = Observe(rollout, AFleet(2, 2, 2), AFleet(2, 2, 2), Noon).Effects;
        var nobody = Observe(rollout, AFleet(2, 2, 0), AFleet(2, 2, 0), Noon).Effects;
        var first = Observe(rollout with { From = null }, None, AFleet(3, 3, 1), Noon).Effects;

        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 10), asCanary);
        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 50), half);
        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 10), nobody);
        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 100), first);
    }

    [Fact]
    public void Going_back_fails_after_twice_the_time_of_a_start_and_not_before()
    {
        var rollout = ARollout(Rollingly, new RolloutPhase.RollingBack("broken", Noon));
        var less = AFleet(Count, Count, Count - 1);
        var end = Noon + (Rollingly.ReadyWithin * 2);

        var before = Observe(rollout, less, None, end - Tick);
        var after = Observe(rollout, less, None, end);

        Assert.Equal(rollout.Phase, before.Rollout.Phase);
        Assert.Null(before.Rollout.EndedAt);
        Assert.IsType<RolloutPhase.RollbackFailed>(after.Rollout.Phase);
        Assert.Equal(end, after.Rollout.EndedAt);
        Assert.Contains(new RolloutEffect.SetTargets(Count, New: 0), after.Effects);
        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 0), after.Effects);
    }

    [Fact]
    public void What_cannot_be_withdrawn_goes_back_for_good_after_twice_the_time_of_a_start_and_not_before()
    {
        var withdrawing = new RolloutPhase.Withdrawing(new RolloutPhase.Planned(), "frozen", Noon);
        var rollout = ARollout(Rollingly, withdrawing);
        var less = AFleet(Count, Count, Count - 1);
        var end = Noon + (Rollingly.ReadyWithin * 2);

        var before = Observe(rollout, less, None, end - Tick).Rollout;
        var after = Observe(rollout, less, None, end).Rollout;
        var whole = Observe(rollout, Whole, None, end).Rollout;

        Assert.Equal(withdrawing, before.Phase);
        Assert.Equal(new RolloutPhase.RollingBack("could not be withdrawn: frozen", end), after.Phase);
        Assert.IsType<RolloutPhase.Planned>(whole.Phase);
    }

    [Fact]
    public void It_is_back_when_the_old_version_is_whole_and_nothing_of_the_new_one_runs()
    {
        var rollout = ARollout(Rollingly, new RolloutPhase.RollingBack("broken", Noon));

        var less = Observe(rollout, AFleet(Count, Count, Count - 1), None, Noon).Rollout;
        var stopping = Observe(rollout, Whole, AFleet(0, 1, 0), Noon).Rollout;
        var back = Observe(rollout, Whole, None, Noon);
        var gone = Observe(rollout with { From = null }, None, None, Noon).Rollout;

        Assert.IsType<RolloutPhase.RollingBack>(less.Phase);
        Assert.IsType<RolloutPhase.RollingBack>(stopping.Phase);
        Assert.Equal(new RolloutPhase.RolledBack("broken"), back.Rollout.Phase);
        Assert.Equal(Noon, back.Rollout.EndedAt);
        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 0), back.Effects);
        Assert.IsType<RolloutPhase.RolledBack>(gone.Phase);
    }

    [Theory]
    [InlineData(3, 1, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 1, 66)]
    [InlineData(0, 3, 100)]
    [InlineData(0, 0, 0)]
    public void Going_back_the_old_version_takes_what_it_has_instances_for(int old, int @new, int percent)
    {
        var back = ARollout(Rollingly, new RolloutPhase.RollingBack("broken", Noon));
        var withdrawn = back with { Phase = new RolloutPhase.Withdrawing(new RolloutPhase.Planned(), "frozen", Noon) };
        var (oldFleet, newFleet) = (AFleet(Count, Count, old), AFleet(3, 3, @new));

        Assert.Contains(new RolloutEffect.ShiftTraffic(percent), Observe(back, oldFleet, newFleet, Noon).Effects);
        Assert.Contains(new RolloutEffect.ShiftTraffic(percent), Observe(withdrawn, oldFleet, newFleet, Noon).Effects);
    }

    private static RolloutPhase.Promoting Promoting(int healthy) => new(healthy, Noon);
}
