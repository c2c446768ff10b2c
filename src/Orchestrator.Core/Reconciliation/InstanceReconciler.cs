using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Makes what runs equal to what is desired: places what is missing, drains what is too much.</summary>
internal static class InstanceReconciler
{
    /// <summary>So that a decision and its transaction take tens of milliseconds however much is missing.</summary>
    private const int MaxPlacedPerDecision = 16_384;

    public static void Reconcile(CellDraft draft, DateTimeOffset now)
    {
        draft.RoomToPlace = MaxPlacedPerDecision;
        SurgeReservation.Advance(draft);
        // Who may take room from others chooses before them, or they would take back what was made free.
        foreach (
            var key in draft
                .DirtyDeployments.OrderByDescending(key => Preempting.PriorityOf(draft, key.Service))
                .ThenBy(key => key)
                .ToList()
        )
        {
            if (draft.HasMore)
            {
                break; // The rest is still dirty.
            }

            draft.DirtyDeployments.Remove(key);
            if (draft.Deployments.TryGet(key, out var deployment))
            {
                ReconcileKind(draft, key, deployment, now);
            }
        }

        Preempting.Unclaim(draft);
        TellUnplaced(draft, now);
        SurgeReservation.Tell(draft, now);
    }

    /// <summary>Stops what has answered its last request.</summary>
    public static void StopDrained(CellDraft draft, DateTimeOffset now)
    {
        GatewayWatch.ForgetSilent(draft, now);
        foreach (var id in draft.DrainingInstances.ToList())
        {
            if (draft.Instances.Find(id) is not { Phase: InstancePhase.Draining draining } instance)
            {
                draft.DrainingInstances.Remove(id);
            }
            else if (GatewayWatch.IsDrained(draft, id, draining, now))
            {
                draft.Put(instance with { Phase = new InstancePhase.Stopping(now) });
                draft.DirtyHosts.Add(instance.Host);
            }
        }
    }

    private static void ReconcileKind(CellDraft draft, DeploymentKey key, Deployment deployment, DateTimeOffset now)
    {
        var kind = deployment.Targets is [.., var newest]
            ? draft.Versions[new VersionKey(key.Service, newest.Version)].Template.Kind
            : new ServiceKind.Service(); // What is left of any kind goes in the same way.
        switch (kind)
        {
            case ServiceKind.Service:
                Reconcile(draft, key, deployment, now);
                break;
            case ServiceKind.Daemon:
                DaemonReconciler.Reconcile(draft, key, deployment, now);
                break;
            case ServiceKind.Batch:
                BatchReconciler.Reconcile(draft, key, deployment, now);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(deployment));
        }
    }

    private static void Reconcile(CellDraft draft, DeploymentKey key, Deployment deployment, DateTimeOffset now)
    {
        var active = draft.ActiveOf(key).ToLookup(instance => instance.Version);
        foreach (var orphaned in active.Where(group => deployment.Targets.All(each => each.Version != group.Key)))
        {
            foreach (var instance in orphaned)
            {
                Drain(draft, instance, "its version is no longer wanted here", now);
            }
        }

        var bounds = StageBounds.IsMoving(draft, key) ? StageBounds.Of(draft, key, deployment) : null;
        var isShort = false;
        foreach (var target in deployment.Targets)
        {
            isShort |= !ReachTarget(draft, key, target, [.. active[target.Version]], bounds, now);
        }

        if (!isShort)
        {
            ClearUnplaced(draft, key);
        }
    }

    /// <summary>False if there was no place for an instance.</summary>
    /// <param name="bounds">Null when no host of it drains.</param>
    private static bool ReachTarget(
        CellDraft draft,
        DeploymentKey key,
        VersionTarget target,
        ImmutableArray<Instance> active,
        StageBounds? bounds,
        DateTimeOffset now
    )
    {
        // What is being moved has its replacement beside it, which stands for it.
        ImmutableArray<Instance> staying =
            draft.Moving.Count == 0 ? active : [.. active.Where(instance => !draft.Moving.ContainsKey(instance.Id))];
        if (bounds is not null)
        {
            staying = [.. staying.Where(instance => !draft.DrainingHosts.Contains(instance.Host))];
            InstanceMoves.MoveAway(draft, key, target, active, bounds, now);
        }

        var missing = Math.Min(target.Count - staying.Length, bounds?.Room(draft, key, now) ?? int.MaxValue);
        missing = missing > 0 ? Math.Min(missing, Recreation.Room(draft, key, target)) : missing;
        if (missing > 0)
        {
            return InstancePlacing.Place(draft, key, target.Version, missing, now);
        }

        InstanceMoves.Shrink(draft, key, target, staying, bounds, now);
        return true;
    }

    internal static void Drain(CellDraft draft, Instance instance, string reason, DateTimeOffset now)
    {
        draft.Put(
            instance with
            {
                Phase = new InstancePhase.Draining(draft.NextRouteRevision, now + draft.Settings.DrainWithin),
            }
        );
        draft.DrainingInstances.Add(instance.Id);
        draft.AreRoutesDirty = true;
        draft.Record(now, CellMachine.Conductor, "instance.draining", instance.Id.Value, reason);
    }

    internal static string ReasonOf(PlacementDecision.Unplaceable none)
    {
        var counts = string.Join(", ", none.Refusals.Select(refusal => $"{refusal.Key}: {refusal.Value}"));
        var nearest = none.NearestMiss.Length == 0 ? "" : $"; {none.NearestMiss}";
        return counts.Length == 0 ? "there are no hosts" : $"no host fits ({counts}){nearest}";
    }

    internal static void NoteUnplaced(CellDraft draft, DeploymentKey key, string reason)
    {
        draft.Put(draft.Deployments[key] with { Unplaced = reason });
        draft.DirtyDeployments.Add(key); // Tried again with the next decision: an instance that goes elsewhere makes room.
    }

    /// <summary>Once all is placed: two versions may both find no place, for reasons of their own.</summary>
    private static void TellUnplaced(CellDraft draft, DateTimeOffset now)
    {
        foreach (var key in draft.DirtyDeployments.Order())
        {
            if (
                draft.Deployments.Find(key) is { Unplaced: { Length: > 0 } reason }
                && reason != draft.Deployments.FindStored(key)?.Unplaced
            )
            {
                draft.Record(now, CellMachine.Conductor, "instance.unplaced", $"{key.Service}.{key.Stage}", reason);
            }
        }
    }

    internal static void ClearUnplaced(CellDraft draft, DeploymentKey key)
    {
        if (draft.Deployments[key] is { Unplaced.Length: > 0 } deployment)
        {
            var isDirty = draft.DirtyDeployments.Contains(key);
            draft.Put(deployment with { Unplaced = "" });
            _ = isDirty || draft.DirtyDeployments.Remove(key);
        }
    }
}
