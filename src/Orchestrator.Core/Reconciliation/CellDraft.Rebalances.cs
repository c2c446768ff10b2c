namespace Orchestrator.Core.Reconciliation;

/// <content>Moves under way.</content>
public sealed partial class CellDraft
{
    internal DraftTable<long, Rebalance> Rebalances { get; }

    internal DraftTable<RebalanceStepKey, RebalanceStep> RebalanceSteps { get; }

    /// <summary>A number of a rebalance is never used again.</summary>
    internal long LastRebalance { get; private set; }

    /// <summary>Of the one that is running; null when none is.</summary>
    internal long? RunningRebalance { get; private set; }

    /// <summary>Moves of the running rebalance that are neither made nor skipped.</summary>
    internal SortedSet<RebalanceStepKey> OpenSteps { get; } = [];

    /// <summary>Those of them whose new instance stands beside the old one; by the old one.</summary>
    internal Dictionary<InstanceId, RebalanceStepKey> Moving { get; } = [];

    internal void Put(Rebalance rebalance)
    {
        Rebalances.Put(rebalance.Number, rebalance);
        Note(rebalance);
    }

    internal void Put(RebalanceStep step)
    {
        RebalanceSteps.Put(step.Key, step);
        Note(step);
    }

    private void IndexRebalances()
    {
        foreach (var rebalance in Rebalances.Rows)
        {
            Note(rebalance);
        }

        foreach (var step in RebalanceSteps.Rows.Where(step => step.Rebalance == RunningRebalance))
        {
            Note(step);
        }
    }

    private void Note(Rebalance rebalance)
    {
        LastRebalance = Math.Max(LastRebalance, rebalance.Number);
        if (rebalance.Phase is RebalancePhase.Running)
        {
            RunningRebalance = rebalance.Number;
        }
        else if (RunningRebalance == rebalance.Number)
        {
            RunningRebalance = null;
            OpenSteps.Clear();
            Moving.Clear();
        }
    }

    private void Note(RebalanceStep step)
    {
        _ = step.IsFinished ? OpenSteps.Remove(step.Key) : OpenSteps.Add(step.Key);
        if (step.State is MoveState.Starting or MoveState.Serving)
        {
            Moving[step.Move.Instance] = step.Key;
        }
        else
        {
            Moving.Remove(step.Move.Instance);
        }
    }
}
