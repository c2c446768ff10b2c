using CsCheck;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Rollouts.Rolling;

namespace Orchestrator.Core.Tests.Rollouts;

public sealed class BlueGreenTests
{
    private static readonly TimeSpan Bake = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KeepOld = TimeSpan.FromMinutes(10);

    private static readonly CanaryStrategy Strategy = Rollingly with
    {
        MaxSurge = Count,
        Exchange = new Exchange.BlueGreen(Bake, KeepOld),
    };

    private static readonly VersionFleet Whole = AFleet(Count, Count, Count);

    [Fact]
    public void The_whole_new_set_is_asked_for_beside_the_old_one() =>
        Assert.Equal(
            [new RolloutEffect.SetTargets(Old: Count, New: Count)],
            Observe(ARollout(Strategy, Previewing(up: null)), Whole, AFleet(0, 0, 0), Noon).Effects
        );

    [Fact]
    public void The_bake_time_begins_when_all_are_up_and_anew_when_one_is_not()
    {
        var up = Observe(ARollout(Strategy, Previewing(up: null)), Whole, Whole, Noon).Rollout;
        var down = Observe(up, Whole, AFleet(Count, Count, Count - 1), Noon + Bake).Rollout;
        var again = Observe(down, Whole, Whole, Noon + Bake).Rollout;
        var early = Observe(again, Whole, Whole, Noon + Bake + Bake - TimeSpan.FromTicks(1)).Rollout;
        var over = Observe(again, Whole, Whole, Noon + Bake + Bake).Rollout;

        Assert.Equal(new RolloutPhase.Previewing(Noon, Noon), up.Phase);
        Assert.Equal(new RolloutPhase.Previewing(Noon + Bake, UpSince: null), down.Phase);
        Assert.IsType<RolloutPhase.Previewing>(early.Phase);
        Assert.IsType<RolloutPhase.Promoting>(over.Phase);
    }

    [Fact]
    public void A_new_set_that_is_never_up_goes_back() =>
        Assert.IsType<RolloutPhase.RollingBack>(
            Observe(
                ARollout(Strategy, Previewing(up: null)),
                Whole,
                AFleet(Count, Count, Count - 1),
                Noon + Strategy.ReadyWithin
            ).Rollout.Phase
        );

    /// <summary>Whoever lets the old set go when its time is over already does not give it more.</summary>
    [Theory]
    [InlineData(4, 4)]
    [InlineData(11, 10)]
    public void The_old_set_goes_when_a_person_says_so_and_never_later_than_it_would(int minutes, int kept)
    {
        var rollout = ARollout(Strategy, new RolloutPhase.Switched(Noon, Noon + KeepOld));

        var released = RolloutMachine.Step(
            rollout,
            new RolloutEvent.PromoteAsked("ola", "all is well"),
            Noon.AddMinutes(minutes)
        );

        Assert.Equal(
            new RolloutPhase.Switched(Noon, Noon.AddMinutes(kept)),
            Assert.IsType<Transition.Done>(released).Rollout.Phase
        );
    }

    [Fact]
    public void Nothing_but_a_whole_new_set_gets_the_traffic() =>
        Gen.Select(Gen.Int[0, Count], Gen.Int[0, Count])
            .Sample(
                (old, @new) =>
                {
                    var rollout = ARollout(Strategy, new RolloutPhase.Promoting(Ready: 0, Noon));

                    var done = Observe(rollout, AFleet(Count, Count, old), AFleet(Count, Count, @new), Noon);

                    Assert.Equal(@new == Count, done.Effects.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 100)));
                    Assert.Equal(@new == Count, done.Rollout.Phase is RolloutPhase.Switched);
                }
            );

    [Fact]
    public void The_old_set_goes_when_its_time_is_over_and_not_before()
    {
        var rollout = ARollout(Strategy, new RolloutPhase.Switched(Noon, Noon + KeepOld));

        var before = Observe(rollout, Whole, Whole, Noon + KeepOld - TimeSpan.FromTicks(1));
        var after = Observe(rollout, Whole, Whole, Noon + KeepOld);
        var gone = Observe(rollout, AFleet(0, 0, 0), Whole, Noon + KeepOld);

        Assert.Equal([new RolloutEffect.SetTargets(Count, Count)], before.Effects);
        Assert.Equal([new RolloutEffect.SetTargets(Old: 0, New: Count)], after.Effects);
        Assert.IsType<RolloutPhase.Succeeded>(gone.Rollout.Phase);
    }

    [Fact]
    public void A_new_set_that_is_not_ready_for_too_long_after_the_switch_goes_back()
    {
        var rollout = ARollout(Strategy, new RolloutPhase.Switched(Noon, Noon + KeepOld));
        var less = AFleet(Count, Count, Count - 1);

        var noticed = Observe(rollout, Whole, less, Noon).Rollout;
        var turned = Observe(noticed, Whole, less, Noon + Strategy.ReadyWithin).Rollout;
        var back = Observe(turned, Whole, less, Noon + Strategy.ReadyWithin);

        Assert.IsType<RolloutPhase.Switched>(noticed.Phase);
        Assert.IsType<RolloutPhase.RollingBack>(turned.Phase);
        Assert.Contains(new RolloutEffect.ShiftTraffic(NewPercent: 0), back.Effects);
    }

    private static RolloutPhase.Previewing Previewing(DateTimeOffset? up) => new(Noon, up);
}
