using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <content>What is seen of canaries: in the store page by page, and here only for as long as somebody looks at it.</content>
public sealed partial class CellDraft
{
    /// <summary>The finished rollout at each stage that has its evidence still, which tells how much traffic there is.</summary>
    private readonly Dictionary<DeploymentKey, RolloutId> _lastSeen = [];

    /// <summary>Made in the running decision.</summary>
    internal List<KeptJudgement> Judgements { get; } = [];

    /// <summary>Filled in the running decision; each once, for the store writes all of them in one statement.</summary>
    internal Dictionary<(RolloutId Rollout, int Number), KeptEvidence> EvidencePages { get; } = [];

    /// <summary>Those of which no page is needed any more, found in the running decision.</summary>
    internal HashSet<RolloutId> ForgottenEvidence { get; } = [];

    /// <summary>Without pages that are full, which go to the store by themselves.</summary>
    private Rollout Paged(Rollout rollout)
    {
        var paged = rollout;
        while (paged.Evidence is { } evidence && evidence.Judged.NextPage() is { } page)
        {
            var number = evidence.Judged.Pages;
            EvidencePages[(rollout.Id, number)] = new KeptEvidence(rollout.Id, number, page);
            paged = paged with { Evidence = evidence.WithPageStored() };
        }

        return paged;
    }

    /// <summary>Stores of earlier days have that of all.</summary>
    private void ForgetEarlierEvidence()
    {
        var finished = Rollouts.Rows.Where(row => row.Evidence is not null && RolloutMachine.IsFinished(row));
        foreach (var rollout in finished.OrderBy(row => row.PlannedAt).ToList())
        {
            ForgetEarlierEvidence(rollout);
        }
    }

    /// <summary>
    /// Of those that finished at a stage only the last has its evidence still: what came of the others stands in their verdicts,
    /// and in judgements that are kept with all that they were made of.
    /// </summary>
    private void ForgetEarlierEvidence(Rollout finished)
    {
        if (finished.Evidence is null)
        {
            ForgottenEvidence.Add(finished.Id);
            return;
        }

        var key = new DeploymentKey(finished.Service, finished.Stage.Name);
        if (_lastSeen.TryGetValue(key, out var last) && last != finished.Id)
        {
            Rollouts.Put(last, Rollouts[last] with { Evidence = null });
            ForgottenEvidence.Add(last);
        }

        _lastSeen[key] = finished.Id;
    }
}
