using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Webhooks;

/// <summary>Which questions are due. Follows from the cell, so a new leader goes on with what was not answered.</summary>
internal static class WebhookQuestions
{
    /// <summary>Who was asked longest ago comes first, so that nobody is starved by those that never answer.</summary>
    public static IEnumerable<(Rollout Rollout, WebhookQuestion Question)> Due(Cell cell, DateTimeOffset now) =>
        cell
            .Rollouts.Values.Where(rollout => !rollout.Stage.Webhooks.IsEmpty)
            .SelectMany(rollout => RolloutWebhooks.Due(rollout, now).Select(question => (rollout, question)))
            .OrderBy(due => RolloutWebhooks.StateOf(due.rollout, due.question.Gate)?.At ?? DateTimeOffset.MinValue);
}
