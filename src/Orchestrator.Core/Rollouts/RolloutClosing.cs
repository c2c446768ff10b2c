using Orchestrator.Core.Catalog;
using static Orchestrator.Core.Rollouts.RolloutMachine;

namespace Orchestrator.Core.Rollouts;

/// <summary>What becomes of a rollout under way when a window closes and opens. What has not begun yet simply waits.</summary>
internal static class RolloutClosing
{
    /// <summary>Null if windows have nothing to say: the rollout does what it does.</summary>
    public static Transition.Done? Observe(Rollout rollout, RolloutEvent.Observed observed, DateTimeOffset now) =>
        rollout.Phase switch
        {
            RolloutPhase.Halted(var resume, var reason) => observed.Closing is WindowClosing.Halt
                ? Keep(rollout)
                : Release(rollout, resume, reason, now),
            _ when IsWaiting(rollout) || IsFinished(rollout) => null,
            RolloutPhase.RollingBack or RolloutPhase.Withdrawing => null,
            _ => observed.Closing switch
            {
                WindowClosing.Halt => Halt(rollout, observed.Closed),
                WindowClosing.Hold => Withdraw(rollout, observed.Closed, now),
                _ => null,
            },
        };

    private static Transition.Done Halt(Rollout rollout, string reason) =>
        Move(
            rollout,
            new RolloutPhase.Halted(rollout.Phase, reason),
            new RolloutEffect.Record(RolloutProgress.Conductor, "rollout.halted", reason)
        );

    private static Transition.Done Release(Rollout rollout, RolloutPhase resume, string reason, DateTimeOffset now) =>
        Move(
            rollout with
            {
                UnreadySince = null,
            },
            RolloutRequests.Restarted(resume, now),
            new RolloutEffect.Record(RolloutProgress.Conductor, "rollout.resumed", $"no longer {reason}")
        );

    /// <summary>
    /// A promotion finishes its last wave, and of earlier ones goes back: half of a fleet on each version is what a freeze must
    /// not find.
    /// </summary>
    private static Transition.Done? Withdraw(Rollout rollout, string reason, DateTimeOffset now)
    {
        var finishes = Underlying(rollout.Phase) switch
        {
            RolloutPhase.Promoting promoting => RolloutWaves.IsLast(rollout, promoting),
            RolloutPhase.Switched => true,
            _ => rollout.From is null,
        };
        if (finishes)
        {
            return null;
        }

        RolloutPhase then = rollout.Phase is RolloutPhase.Paused paused
            ? paused with
            {
                Resume = new RolloutPhase.Planned(),
            }
            : new RolloutPhase.Held(new RolloutPhase.Planned(), reason);
        return Move(
            rollout with
            {
                UnreadySince = null,
                Evidence = null,
                Webhooks = [], // What they let through was this canary.
            },
            new RolloutPhase.Withdrawing(then, reason, now),
            new RolloutEffect.Record(RolloutProgress.Conductor, "rollout.withdrawing", reason)
        );
    }
}
