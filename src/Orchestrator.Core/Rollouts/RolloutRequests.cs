using Orchestrator.Core.Catalog;
using static Orchestrator.Core.Rollouts.RolloutMachine;

namespace Orchestrator.Core.Rollouts;

/// <summary>What people may ask of a rollout, and when.</summary>
internal static class RolloutRequests
{
    public static Transition Approve(Rollout rollout, RolloutEvent.Approved asked, DateTimeOffset now)
    {
        if (rollout.Phase is not RolloutPhase.AwaitingApproval(var before, _))
        {
            return NotNow(rollout, "approve", "It waits for no approval.");
        }

        if (asked.ConsistHash is { } hash && hash != rollout.ConsistHash)
        {
            return new Transition.Refused(
                "consist_changed",
                $"The approval is for {hash}, and {rollout.Id} carries {rollout.ConsistHash}.",
                $"Look again: orc rollout status {rollout.Id}"
            );
        }

        if (rollout.Stage.Approval is { AllowsPublisher: false } && asked.Actor == rollout.PublishedBy)
        {
            return new Transition.Refused(
                "own_version",
                $"{asked.Actor} published {rollout.Service} {rollout.To}, and the stage's policy wants another person.",
                "Ask somebody else with the role approver of this stage, or set approval.allowPublisher in the line."
            );
        }

        var approved = rollout with { Approval = new Approval(asked.Actor, asked.Reason, rollout.ConsistHash, now) };
        // What must come first may have changed while it waited: it is looked at again before anything runs.
        var next =
            before == ApprovalPoint.Stage
                ? Move(approved, new RolloutPhase.Planned())
                : RolloutProgress.StartPromotion(approved, now);
        return Noted(next, asked.Actor, "rollout.approved", asked.Reason);
    }

    public static Transition Reject(Rollout rollout, RolloutEvent.Rejected asked, DateTimeOffset now) =>
        rollout.Phase is RolloutPhase.AwaitingApproval
            ? Stop(rollout, asked.Actor, $"rejected by {asked.Actor}: {asked.Reason}", now)
            : NotNow(rollout, "reject", "It waits for no approval.");

    public static Transition Pause(Rollout rollout, RolloutEvent.PauseAsked asked) =>
        rollout.Phase switch
        {
            RolloutPhase.Paused => NotNow(rollout, "pause", "It is paused already."),
            RolloutPhase.RollingBack or RolloutPhase.Withdrawing => NotNow(
                rollout,
                "pause",
                "It is going back, which nothing may delay."
            ),
            _ when IsFinished(rollout) => NotNow(rollout, "pause", "It is finished."),
            _ => Noted(
                Move(rollout, new RolloutPhase.Paused(rollout.Phase, asked.Actor, asked.Reason)),
                asked.Actor,
                "rollout.paused",
                asked.Reason
            ),
        };

    public static Transition Resume(Rollout rollout, RolloutEvent.ResumeAsked asked, DateTimeOffset now) =>
        rollout.Phase switch
        {
            RolloutPhase.Paused(var resume, _, _) => Noted(
                Move(rollout with { UnreadySince = null }, Restarted(resume, now)),
                asked.Actor,
                "rollout.resumed",
                asked.Reason
            ),
            RolloutPhase.Halted(_, var halt) => NotNow(rollout, "resume", $"{halt}."),
            RolloutPhase.Held(RolloutPhase.Planned, var blocker) => NotNow(rollout, "resume", $"{blocker}."),
            RolloutPhase.Held(var resume, _) => Noted(
                Move(rollout with { UnreadySince = null }, Restarted(resume, now)),
                asked.Actor,
                "rollout.resumed",
                asked.Reason
            ),
            _ => NotNow(rollout, "resume", "It is neither paused nor held."),
        };

    public static Transition Abort(Rollout rollout, string actor, string reason, DateTimeOffset now) =>
        rollout.Phase is RolloutPhase.RollingBack || IsFinished(rollout)
            ? NotNow(rollout, "abort", "It is rolling back or finished.")
            : Stop(rollout, actor, $"aborted by {actor}: {reason}", now);

    public static Transition RollBack(Rollout rollout, string actor, string reason, DateTimeOffset now) =>
        rollout.Phase switch
        {
            RolloutPhase.Succeeded when rollout.From is null => NotNow(
                rollout,
                "roll back",
                "It was the first version here: there is nothing to go back to."
            ),
            RolloutPhase.Succeeded => StartRollback(rollout, actor, $"rolled back by {actor}: {reason}", now),
            _ => Abort(rollout, actor, reason, now),
        };

    /// <summary>What has not begun ends; what is still judged goes back; what is being promoted or goes back already does so first.</summary>
    public static Transition GiveWay(Rollout rollout, TrainId by, DateTimeOffset now)
    {
        var reason = $"{by} came after it";
        if (IsFinished(rollout) || rollout.Phase is RolloutPhase.RollingBack)
        {
            return Keep(rollout);
        }

        return IsWaiting(rollout)
            ? Move(
                rollout with
                {
                    EndedAt = now,
                },
                new RolloutPhase.Superseded(reason),
                new RolloutEffect.Record(RolloutProgress.Conductor, "rollout.superseded", reason)
            )
            : StartRollback(rollout, RolloutProgress.Conductor, reason, now);
    }

    /// <summary>Before anything ran, stopping is all there is to do.</summary>
    private static Transition.Done Stop(Rollout rollout, string actor, string reason, DateTimeOffset now) =>
        IsWaiting(rollout)
            ? Noted(
                Move(rollout with { EndedAt = now }, new RolloutPhase.Cancelled(reason)),
                actor,
                "rollout.cancelled",
                reason
            )
            : StartRollback(rollout, actor, reason, now);

    /// <summary>The clock of a phase that was interrupted starts anew.</summary>
    internal static RolloutPhase Restarted(RolloutPhase phase, DateTimeOffset now) =>
        phase switch
        {
            RolloutPhase.Deploying deploying => deploying with { Since = now },
            RolloutPhase.Baking baking => baking with { Since = now },
            RolloutPhase.Judging judging => judging with { Since = now },
            RolloutPhase.Promoting promoting => promoting with { Since = now },
            RolloutPhase.Held(var resume, _) => Restarted(resume, now),
            _ => phase,
        };

    private static Transition.Done Noted(Transition.Done done, string actor, string action, string reason) =>
        done with
        {
            Effects = done.Effects.Insert(0, new RolloutEffect.Record(actor, action, reason)),
        };

    private static Transition.Refused NotNow(Rollout rollout, string verb, string why) =>
        new(
            "wrong_phase",
            $"Cannot {verb} {rollout.Id}: {why}",
            $"See where it stands: orc rollout status {rollout.Id}"
        );
}
