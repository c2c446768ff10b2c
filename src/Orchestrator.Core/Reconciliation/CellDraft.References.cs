using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Reconciliation;

/// <content>What was measured between rollouts, page by page in the store.</content>
public sealed partial class CellDraft
{
    /// <summary>What is known of how much a stage's instances differ by chance.</summary>
    internal Dictionary<DeploymentKey, ReferenceTraffic> References { get; } = [];

    /// <summary>Completed in the running decision.</summary>
    internal List<KeptReference> ReferencePages { get; } = [];

    /// <summary>What was measured before this draft was.</summary>
    /// <param name="stored">All of its stages, in any order.</param>
    public void Recall(IEnumerable<KeptReference> stored)
    {
        foreach (var mine in stored.GroupBy(kept => new DeploymentKey(kept.Service, kept.Stage)))
        {
            References[mine.Key] = ReferenceTraffic.From(mine.Select(kept => kept.Page));
        }
    }
}
