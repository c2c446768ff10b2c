using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Ends instances that are to run elsewhere, or nowhere, as far as their service can do without them.</summary>
internal static class InstanceMoves
{
    /// <summary>Ends what runs on draining hosts as far as the service can do without, or its replacement is ready.</summary>
    public static void MoveAway(
        CellDraft draft,
        DeploymentKey key,
        VersionTarget target,
        ImmutableArray<Instance> active,
        StageBounds bounds,
        DateTimeOffset now
    )
    {
        var least = target.Count - bounds.MaxUnavailable;
        var (left, ready) = (active.Length, active.Count(instance => instance.IsReady));
        var readyOfAll = draft.InstancesOf(key).Count(instance => instance.IsReady);
        var movers = active
            .Where(instance => draft.DrainingHosts.Contains(instance.Host))
            .OrderByDescending(instance => draft.Hosts[instance.Host].IsDrainOverdue(now))
            .ThenBy(instance => instance.IsReady)
            .ThenBy(instance => instance.Id);
        foreach (var mover in movers)
        {
            var host = draft.Hosts[mover.Host];
            var isSpare = !mover.IsReady || (ready > least && readyOfAll > bounds.Least);
            var mayMove = left > least && isSpare;
            if (!mayMove && !host.IsDrainOverdue(now))
            {
                continue;
            }

            var readyLess = mover.IsReady ? 1 : 0;
            (left, ready, readyOfAll) = (left - 1, ready - readyLess, readyOfAll - readyLess);
            var why = mayMove ? "" : $" and the deadline that {host.Drain?.AskedBy} set is over";
            InstanceReconciler.Drain(draft, mover, $"{mover.Host} drains{why}", now);
        }
    }

    public static void Shrink(
        CellDraft draft,
        DeploymentKey key,
        VersionTarget target,
        ImmutableArray<Instance> staying,
        StageBounds? bounds,
        DateTimeOffset now
    )
    {
        var excess = staying.Length - target.Count;
        if (excess <= 0)
        {
            return;
        }

        var deployment = draft.Deployments[key];
        var isInTheWay = target.WeightPercent == 0 && deployment.Unplaced.Length > 0; // And serves nobody.
        var least = (bounds ?? StageBounds.Of(draft, key, deployment)).Least;
        var spare = draft.InstancesOf(key).Count(instance => instance.IsReady) - least;
        var isTheirTurn = StageDomains.Turn(draft, key);
        var victims = staying
            .OrderByDescending(instance => isTheirTurn(instance.Host))
            .ThenBy(instance => instance.IsReady)
            .ThenByDescending(instance => instance.PlacedAt)
            .ThenByDescending(instance => instance.Id);
        foreach (var victim in victims)
        {
            if (excess == 0)
            {
                return;
            }

            // A host that drains may have taken meanwhile what there was to spare.
            if (!victim.IsReady || isInTheWay || spare-- > 0)
            {
                InstanceReconciler.Drain(draft, victim, "fewer are wanted", now);
                excess--;
            }
        }
    }
}
