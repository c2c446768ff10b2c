using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using static Orchestrator.Core.Rollouts.RolloutMachine;
using static Orchestrator.Core.Rollouts.RolloutPatience;

namespace Orchestrator.Core.Rollouts;

/// <summary>What a rollout does by itself as time passes and the fleet changes.</summary>
internal static class RolloutProgress
{
    internal const string Conductor = "conductor";
    internal const int WholeTraffic = 100;

    public static Transition.Done Observe(Rollout rollout, RolloutEvent.Observed observed, DateTimeOffset now) =>
        RolloutApprovals.GiveUp(rollout, now)
        ?? RolloutClosing.Observe(rollout, observed, now)
        ?? rollout.Phase switch
        {
            RolloutPhase.Planned => Begin(rollout, observed, now),
            RolloutPhase.Held(RolloutPhase.Planned, _) => Begin(rollout, observed, now),
            _ when RolloutWebhooks.HeldBefore(rollout) is ApprovalPoint.Stage => Begin(rollout, observed, now),
            _ when RolloutWebhooks.HeldBefore(rollout) is ApprovalPoint.Promotion => AfterSteps(rollout, now),
            RolloutPhase.Deploying deploying => Deploy(rollout, deploying, observed.Fleet, now),
            RolloutPhase.Baking(var step, var since) => Bake(rollout, step, since, observed.Fleet, now),
            RolloutPhase.Judging(var step, _) => Conclude(rollout, step, observed.Fleet, now),
            RolloutPhase.Passed(var step) => ManualStep.Hold(rollout, step),
            RolloutPhase.Promoting promoting => RolloutPromotion.Promote(rollout, promoting, observed.Fleet, now),
            RolloutPhase.Previewing previewing when BlueGreen.Of(rollout) is { } strategy => BlueGreen.Preview(
                rollout,
                previewing,
                strategy,
                observed.Fleet,
                now
            ),
            RolloutPhase.Switched switched => BlueGreen.KeepOld(rollout, switched, observed.Fleet, now),
            RolloutPhase.RollingBack rollingBack => RolloutReturn.GoBack(rollout, rollingBack, observed.Fleet, now),
            RolloutPhase.Withdrawing withdrawing => RolloutReturn.Withdraw(rollout, withdrawing, observed.Fleet, now),
            _ => Keep(rollout),
        };

    /// <summary>Where the rollout goes once it may start at the stage.</summary>
    public static Transition.Done Start(Rollout rollout, DateTimeOffset now)
    {
        if (BlueGreen.Of(rollout) is not null)
        {
            return BlueGreen.Begin(rollout, now);
        }

        // A first version has nothing to be compared with, and nobody whom a canary would protect.
        var needsCanary = rollout.From is not null && !rollout.Stage.Strategy.Steps.IsEmpty;
        return needsCanary ? StartStep(rollout, step: 0, now) : AfterSteps(rollout, now);
    }

    private static Transition.Done Begin(Rollout rollout, RolloutEvent.Observed observed, DateTimeOffset now)
    {
        var blocker = observed.Closed.Length > 0 ? observed.Closed : observed.Blocker;
        if (blocker.Length > 0)
        {
            return rollout.Phase is RolloutPhase.Held(RolloutPhase.Planned, var reason) && reason == blocker
                ? Keep(rollout)
                : Move(
                    rollout,
                    new RolloutPhase.Held(new RolloutPhase.Planned(), blocker),
                    new RolloutEffect.Record(Conductor, "rollout.held", blocker)
                );
        }

        return RolloutApprovals.AreComplete(rollout, ApprovalPoint.Stage, now)
            ? RolloutWebhooks.Hold(rollout, ApprovalPoint.Stage)
                ?? Start(InDomains(RolloutApprovals.Completed(rollout), observed.Fleet), now)
            : Await(rollout, ApprovalPoint.Stage, now);
    }

    private static Rollout InDomains(Rollout rollout, StageFleet fleet) =>
        rollout with
        {
            Domains = RolloutDomains.Ordered(RolloutDomains.PolicyOf(rollout), fleet.Domains),
        };

    private static Transition.Done Await(Rollout rollout, ApprovalPoint before, DateTimeOffset now) =>
        Move(
            rollout,
            new RolloutPhase.AwaitingApproval(before, now),
            new RolloutEffect.Record(
                Conductor,
                "rollout.awaiting-approval",
                before == ApprovalPoint.Stage ? "before anything runs there" : "before the promotion"
            )
        );

    private static Transition.Done StartStep(Rollout rollout, int step, DateTimeOffset now) =>
        Move(
            rollout with
            {
                Evidence = null,
                UnreadySince = null,
            },
            new RolloutPhase.Deploying(step, now),
            new RolloutEffect.Record(
                Conductor,
                "rollout.deploying",
                string.Create(CultureInfo.InvariantCulture, $"step {step + 1} of {rollout.Stage.Strategy.Steps.Length}")
            )
        );

    private static Transition.Done Deploy(
        Rollout rollout,
        RolloutPhase.Deploying deploying,
        StageFleet fleet,
        DateTimeOffset now
    )
    {
        var step = rollout.Stage.Strategy.Steps[deploying.Step];
        if (fleet.New.Healthy >= step.Instances && fleet.New.Target == step.Instances)
        {
            return Move(
                rollout with
                {
                    Evidence = RolloutEvidence.Begin(rollout, step, now),
                },
                new RolloutPhase.Baking(deploying.Step, now),
                new RolloutEffect.ShiftTraffic(step.WeightPercent),
                new RolloutEffect.Record(
                    Conductor,
                    "rollout.baking",
                    string.Create(CultureInfo.InvariantCulture, $"{step.WeightPercent:0.#} % of the traffic")
                )
            );
        }

        return now - deploying.Since >= Patience(rollout)
            ? StartRollback(rollout, Conductor, NotReady(rollout, fleet.New), now)
            : new Transition.Done(rollout, [StepTargets(rollout, step, fleet)]);
    }

    /// <summary>The old version keeps its instances as far as the surge allows: they are where we go back to.</summary>
    private static RolloutEffect.SetTargets StepTargets(Rollout rollout, CanaryStep step, StageFleet fleet)
    {
        var oldGoal = CanaryShares.OldBeside(step.Instances, rollout.Stage.Count, rollout.Stage.Strategy.MaxSurge);
        return Pacing.Next(rollout.Stage, fleet, oldGoal, step.Instances);
    }

    private static Transition.Done Bake(
        Rollout rollout,
        int step,
        DateTimeOffset since,
        StageFleet fleet,
        DateTimeOffset now
    )
    {
        var watched = Watch(rollout, rollout.Stage.Strategy.Steps[step].Instances, fleet, now);
        if (IsUnreadyTooLong(watched, now))
        {
            return StartRollback(watched, Conductor, NotReady(watched, fleet.New), now);
        }

        return now - since >= rollout.Stage.Strategy.Steps[step].Bake
            ? Move(
                watched,
                new RolloutPhase.Judging(step, since),
                new RolloutEffect.Record(Judge, "rollout.judging", "the bake time is over")
            )
            : Keep(watched);
    }

    private static Transition.Done Conclude(Rollout rollout, int step, StageFleet fleet, DateTimeOffset now)
    {
        var watched = Watch(rollout, rollout.Stage.Strategy.Steps[step].Instances, fleet, now);
        var (judged, judgement) = RolloutJudging.Judge(watched, now);
        if (judgement.Outcome == JudgementOutcome.Fail)
        {
            return RolloutJudging.Kept(judgement, StartRollback(judged, Judge, judgement.Reason, now));
        }

        if (IsUnreadyTooLong(judged, now))
        {
            return StartRollback(judged, Conductor, NotReady(judged, fleet.New), now);
        }

        if (judgement.Outcome == JudgementOutcome.Pass)
        {
            var ended = judged with { Evidence = judged.Evidence?.WithoutEnd() };
            var next = rollout.Stage.Strategy.Steps[step].IsManual
                ? ManualStep.Hold(ended, step)
                : AfterStep(ended, step, now);
            var passed = RolloutRequests.Noted(next, Judge, "rollout.passed", judgement.Reason);
            return RolloutJudging.Kept(judgement, passed);
        }

        if (judgement.Outcome != JudgementOutcome.Inconclusive)
        {
            return Keep(judged);
        }

        var reason = $"no verdict in time: {judgement.Reason}";
        return RolloutJudging.Kept(
            judgement,
            Move(
                judged,
                new RolloutPhase.Held(judged.Phase, reason),
                new RolloutEffect.Record(Judge, "rollout.held", reason)
            )
        );
    }

    internal static Transition.Done AfterStep(Rollout rollout, int step, DateTimeOffset now) =>
        step + 1 < rollout.Stage.Strategy.Steps.Length ? StartStep(rollout, step + 1, now) : AfterSteps(rollout, now);

    internal static Transition.Done AfterSteps(Rollout rollout, DateTimeOffset now) =>
        RolloutApprovals.AreComplete(rollout, ApprovalPoint.Promotion, now)
            ? RolloutWebhooks.Hold(rollout, ApprovalPoint.Promotion)
                ?? RolloutPromotion.Start(RolloutApprovals.Completed(rollout), now)
            : Await(rollout, ApprovalPoint.Promotion, now);
}
