using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Rollouts.Rolling;

namespace Orchestrator.Core.Tests.Rollouts;

/// <summary>Whatever waits has a way out, and stays as it waits until then.</summary>
public sealed class WaitingTests
{
    private static readonly StageFleet Fleet = new(AFleet(3, 3, 3), AFleet(0, 0, 0));

    [Fact]
    public void A_halt_that_nobody_releases_is_over_when_the_stage_has_been_held_long_enough()
    {
        var begun = new RolloutPhase.Promoting(Ready: 0, Noon);
        var halted = ARollout(Rollingly, new RolloutPhase.Halted(begun, "halted by ola"));
        var still = new RolloutEvent.Observed(Fleet, Blocker: "")
        {
            Closing = WindowClosing.Halt,
            Closed = "halted by ola",
        };

        var before = Phase(
            RolloutMachine.Step(halted, still, Noon + halted.Stage.HoldAtMost - TimeSpan.FromSeconds(1))
        );
        var after = Phase(RolloutMachine.Step(halted, still, Noon + halted.Stage.HoldAtMost));

        Assert.Equal(halted.Phase, before);
        Assert.Equal("it was halted for 720 h", Assert.IsType<RolloutPhase.RollingBack>(after).Reason);
    }

    [Fact]
    public void An_approval_that_is_taken_back_does_not_end_a_pause_or_a_halt()
    {
        var planned = new RolloutPhase.Planned();
        RolloutPhase[] waiting =
        [
            new RolloutPhase.Paused(planned, "ola", "lunch"),
            new RolloutPhase.Halted(planned, "halted by ola"),
        ];
        foreach (var phase in waiting)
        {
            var rollout = ARollout(Rollingly, phase);
            rollout = rollout with
            {
                Stage = rollout.Stage with { Approval = new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: false) },
                Approvals = [new Approval("bo", "fine", rollout.ConsistHash, Noon)],
            };

            var revoked = RolloutMachine.Step(rollout, new RolloutEvent.Revoked("bo", "not fine"), Noon);

            Assert.Empty(Assert.IsType<Transition.Done>(revoked).Rollout.Approvals);
            Assert.Equal(phase, Phase(revoked));
        }
    }

    /// <summary>Whoever wants it to go on releases the halt.</summary>
    [Fact]
    public void A_halt_keeps_a_canary_at_its_step()
    {
        var baking = ARollout(Rollingly with { Steps = [AStep] }, new RolloutPhase.Baking(Step: 0, Noon));
        var halted = baking with { Phase = new RolloutPhase.Halted(baking.Phase, "halted by ola") };
        RolloutEvent[] asks =
        [
            new RolloutEvent.SkipAsked("ana", "it is fine"),
            new RolloutEvent.PromoteAsked("ana", "it is fine"),
            new RolloutEvent.ResumeAsked("ana", "it is fine"),
        ];

        Assert.All(asks, ask => Assert.IsType<Transition.Refused>(RolloutMachine.Step(halted, ask, Noon)));
        Assert.All(asks[..2], ask => Assert.IsType<Transition.Done>(RolloutMachine.Step(baking, ask, Noon)));
    }

    [Fact]
    public void A_halt_keeps_a_preview_too()
    {
        var strategy = Rollingly with { Exchange = new Exchange.BlueGreen(TimeSpan.FromHours(1), TimeSpan.Zero) };
        var previewing = ARollout(strategy, new RolloutPhase.Previewing(Noon, Noon));
        var halted = previewing with { Phase = new RolloutPhase.Halted(previewing.Phase, "halted by ola") };
        RolloutEvent[] asks =
        [
            new RolloutEvent.SkipAsked("ana", "it is fine"),
            new RolloutEvent.PromoteAsked("ana", ""),
        ];

        Assert.All(asks, ask => Assert.IsType<Transition.Refused>(RolloutMachine.Step(halted, ask, Noon)));
        Assert.All(asks, ask => Assert.IsType<Transition.Done>(RolloutMachine.Step(previewing, ask, Noon)));
    }

    private static CanaryStep AStep { get; } =
        new()
        {
            Instances = 1,
            WeightPercent = 10,
            Bake = TimeSpan.FromMinutes(1),
            MinimumRequests = 100,
            JudgeWithin = TimeSpan.FromMinutes(5),
        };

    private static RolloutPhase Phase(Transition transition) =>
        Assert.IsType<Transition.Done>(transition).Rollout.Phase;
}
