using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record WebhookDraft(string? Name, ApprovalPoint? Before, TimeSpan? Timeout, TimeSpan? Every)
{
    public static WebhookDraft Read(Fields webhook) =>
        new(
            webhook.Text<string>("name", Names.Metric),
            webhook.Choice("before", ApprovalDraft.Points, ManifestDefaults.ApprovalBefore),
            webhook.Value(
                "timeout",
                Durations.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
                ManifestDefaults.WebhookTimeout
            ),
            webhook.Value(
                "every",
                Durations.Between(TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)),
                ManifestDefaults.WebhookEvery
            )
        );
}
