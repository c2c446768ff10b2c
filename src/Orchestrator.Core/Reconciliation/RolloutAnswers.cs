using System.Globalization;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What people who ask something of a rollout are told, once it is done.</summary>
internal static class RolloutAnswers
{
    public static string Of(Rollout rollout, CellInput.AskRollout asked, DateTimeOffset now)
    {
        if (asked.Ask != RolloutAsk.Approve)
        {
            return $"{rollout.Id} {Outcome(rollout, asked.Ask)}";
        }

        var missing = RolloutApprovals.Missing(rollout, now);
        var given = rollout.Approvals.LastOrDefault(each => each.Actor == asked.Actor || each.For == asked.Actor);
        var how = given switch
        {
            { For: { } other } when given.Actor == asked.Actor => $"is approved for {other}",
            { For: not null } => $"was approved for you by {given.Actor}",
            _ => "is approved",
        };
        if (missing == 0 && rollout.Phase is RolloutPhase.Held(RolloutPhase.Planned, var blocker))
        {
            return $"{rollout.Id} {how} ahead; it waits: {blocker}.";
        }

        return missing > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{rollout.Id} {how}; {missing} more must approve it.")
            : $"{rollout.Id} {how} and goes on.";
    }

    private static string Outcome(Rollout rollout, RolloutAsk ask) =>
        ask switch
        {
            RolloutAsk.Reject => "is rejected: it ends here.",
            RolloutAsk.Revoke => "is no longer approved by you.",
            RolloutAsk.Skip => "goes on without a verdict of that step.",
            RolloutAsk.SkipWebhook => "goes on without that webhook.",
            RolloutAsk.Promote => "is promoted without further steps; where a person must approve, it waits for that.",
            RolloutAsk.Pause => "is paused: its instances and traffic stay as they are.",
            RolloutAsk.Resume => "goes on.",
            RolloutAsk.Abort => $"is aborted: {Return(rollout)}",
            RolloutAsk.Rollback => $"is rolled back: {Return(rollout)}",
            _ => throw new ArgumentOutOfRangeException(nameof(ask)),
        };

    /// <summary>What is left to do, once it was given up.</summary>
    private static string Return(Rollout rollout) =>
        rollout switch
        {
            { Phase: RolloutPhase.Cancelled } => "nothing of it had begun.",
            { From: null } => "nothing ran there before, so its traffic ends first and its instances follow.",
            _ => $"traffic goes back to {rollout.From} first, instances follow.",
        };
}
