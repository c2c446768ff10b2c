using System.Globalization;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What people who ask something of a rollout are told, once it is done.</summary>
internal static class RolloutAnswers
{
    public static string Of(Rollout rollout, RolloutAsk ask, DateTimeOffset now) =>
        ask == RolloutAsk.Approve && RolloutApprovals.Missing(rollout, now) is > 0 and var missing
            ? string.Create(CultureInfo.InvariantCulture, $"{rollout.Id} is approved; {missing} more must approve it.")
            : $"{rollout.Id} {Outcome(ask)}";

    private static string Outcome(RolloutAsk ask) =>
        ask switch
        {
            RolloutAsk.Approve => "is approved and goes on.",
            RolloutAsk.Reject => "is rejected: it ends here.",
            RolloutAsk.Revoke => "is no longer approved by you.",
            RolloutAsk.Skip => "goes on without a verdict of that step.",
            RolloutAsk.SkipWebhook => "goes on without that webhook.",
            RolloutAsk.Promote => "is promoted without further steps; where a person must approve, it waits for that.",
            RolloutAsk.Pause => "is paused: its instances and traffic stay as they are.",
            RolloutAsk.Resume => "goes on.",
            RolloutAsk.Abort => "is aborted: traffic goes back first, instances follow.",
            RolloutAsk.Rollback => "goes back to the old version: traffic first, instances follow.",
            _ => throw new ArgumentOutOfRangeException(nameof(ask)),
        };
}
