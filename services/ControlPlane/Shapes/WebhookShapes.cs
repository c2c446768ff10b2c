using Orchestrator.Contracts.Http;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Webhooks of rollouts as the API shows them.</summary>
internal static class WebhookShapes
{
    public static WebhookView Of(WebhookGate gate, Rollout rollout)
    {
        var last = RolloutWebhooks.StateOf(rollout, gate);
        var (state, reason) = last?.Answer switch
        {
            null => ("not asked", ""),
            WebhookAnswer.Allowed(var said) => ("open", said),
            WebhookAnswer.Refused(var said) => ("refused", said),
            WebhookAnswer.Pending(var said) => ("pending", said),
            WebhookAnswer.Failed(var why) => ("failed", why),
            WebhookAnswer.Skipped(var actor, var why) => ("skipped", $"by {actor}: {why}"),
            _ => throw new ArgumentOutOfRangeException(nameof(rollout)),
        };
        return new WebhookView
        {
            Name = gate.Name,
            Before = gate.Before == ApprovalPoint.Stage ? "stage" : "promotion",
            State = state,
            Reason = reason,
            Attempts = last?.Attempts ?? 0,
            At = last?.At,
            AskAgainAt =
                last is null or { IsOpen: true } || RolloutMachine.IsFinished(rollout) ? null : last.AskAgainAt,
        };
    }
}
