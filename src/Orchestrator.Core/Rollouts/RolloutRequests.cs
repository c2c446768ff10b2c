using System.Globalization;
using static Orchestrator.Core.Rollouts.RolloutMachine;

namespace Orchestrator.Core.Rollouts;

/// <summary>What people may ask of a rollout, and when.</summary>
internal static class RolloutRequests
{
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
            RolloutPhase.Held(RolloutPhase.AwaitingWebhooks, var blocker) => NotNow(rollout, "resume", $"{blocker}."),
            RolloutPhase.Held(RolloutPhase.Passed(var step), _) => Noted(
                RolloutProgress.AfterStep(rollout, step, now),
                asked.Actor,
                "rollout.resumed",
                StepText("after ", rollout, step, asked.Reason)
            ),
            RolloutPhase.Held(var resume, _) => Noted(
                Move(rollout with { UnreadySince = null }, Restarted(resume, now)),
                asked.Actor,
                "rollout.resumed",
                asked.Reason
            ),
            _ => NotNow(rollout, "resume", "It is neither paused nor held."),
        };

    public static Transition Skip(Rollout rollout, string actor, string reason, DateTimeOffset now)
    {
        if (IsPreviewing(rollout))
        {
            return Noted(
                RolloutProgress.AfterSteps(rollout, now),
                actor,
                "rollout.step-skipped",
                $"the preview: {reason}"
            );
        }

        if (WaitsForWave(rollout) is { } soaking)
        {
            return Noted(
                RolloutWaves.Next(rollout, soaking, now),
                actor,
                "rollout.step-skipped",
                $"the soak: {reason}"
            );
        }

        return StepIndexOf(rollout) is { } step
            ? Noted(
                RolloutProgress.AfterStep(rollout, step, now),
                actor,
                "rollout.step-skipped",
                StepText("", rollout, step, reason)
            )
            : NotNow(rollout, "skip a step of", "It is at no canary step.");
    }

    public static Transition Promote(Rollout rollout, string actor, string reason, DateTimeOffset now)
    {
        if (rollout.Phase is RolloutPhase.Switched switched)
        {
            return BlueGreen.Release(rollout, switched, actor, reason, now);
        }

        const string Action = "rollout.promoted-early";
        if (IsPreviewing(rollout))
        {
            return Noted(RolloutProgress.AfterSteps(rollout, now), actor, Action, $"from the preview: {reason}");
        }

        if (WaitsForWave(rollout) is { } soaking)
        {
            return Noted(RolloutWaves.Last(rollout, soaking, now), actor, Action, $"all waves at once: {reason}");
        }

        return StepIndexOf(rollout) is { } step
            ? Noted(RolloutProgress.AfterSteps(rollout, now), actor, Action, StepText("from ", rollout, step, reason))
            : NotNow(rollout, "promote", "It is at no canary step.");
    }

    /// <summary>Between two waves, held or paused or not; null else.</summary>
    private static RolloutPhase.Promoting? WaitsForWave(Rollout rollout) =>
        rollout.Phase is not RolloutPhase.Halted
        && Underlying(rollout.Phase) is RolloutPhase.Promoting { SoakingSince: not null } soaking
            ? soaking
            : null;

    private static bool IsPreviewing(Rollout rollout) =>
        rollout.Phase is not RolloutPhase.Halted && Underlying(rollout.Phase) is RolloutPhase.Previewing;

    private static string StepText(string before, Rollout rollout, int step, string reason) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{before}step {step + 1} of {rollout.Stage.Strategy.Steps.Length}: {reason}"
        );

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
    internal static Transition.Done Stop(Rollout rollout, string actor, string reason, DateTimeOffset now) =>
        IsWaiting(rollout)
            ? Noted(
                Move(rollout with { EndedAt = now }, new RolloutPhase.Cancelled(reason)),
                actor,
                "rollout.cancelled",
                reason
            )
            : StartRollback(rollout, actor, reason, now);

    /// <summary>The step that it is at, held or paused or not; null if it is at none, or a halt keeps it there.</summary>
    private static int? StepIndexOf(Rollout rollout) =>
        rollout.Phase is RolloutPhase.Halted
            ? null
            : Underlying(rollout.Phase) switch
            {
                RolloutPhase.Deploying(var step, _) => step,
                RolloutPhase.Baking(var step, _) => step,
                RolloutPhase.Judging(var step, _) => step,
                RolloutPhase.Passed(var step) => step,
                _ => null,
            };

    /// <summary>The clock of a phase that was interrupted starts anew.</summary>
    internal static RolloutPhase Restarted(RolloutPhase phase, DateTimeOffset now) =>
        phase switch
        {
            RolloutPhase.Deploying deploying => deploying with { Since = now },
            RolloutPhase.Baking baking => baking with { Since = now },
            RolloutPhase.Judging judging => judging with { Since = now },
            RolloutPhase.Promoting promoting => promoting with
            {
                Since = now,
                SoakingSince = promoting.SoakingSince is null ? null : now,
            },
            RolloutPhase.Previewing => new RolloutPhase.Previewing(now, UpSince: null),
            RolloutPhase.Switched(var since, var until) => new RolloutPhase.Switched(now, now + (until - since)),
            RolloutPhase.Held(var resume, _) => Restarted(resume, now),
            _ => phase,
        };

    internal static Transition.Done Noted(Transition.Done done, string actor, string action, string reason) =>
        done with
        {
            Effects = done.Effects.Insert(0, new RolloutEffect.Record(actor, action, reason)),
        };

    internal static Transition.Refused NotNow(Rollout rollout, string verb, string why) =>
        new(
            "wrong_phase",
            $"Cannot {verb} {rollout.Id}: {why}",
            $"See where it stands: orc rollout status {rollout.Id}"
        );
}
