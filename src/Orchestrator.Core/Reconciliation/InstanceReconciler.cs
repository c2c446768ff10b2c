using System.Collections.Immutable;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Makes what runs equal to what is desired: places what is missing, drains what is too much.</summary>
internal static class InstanceReconciler
{
    /// <summary>So that a decision and its transaction take tens of milliseconds however much is missing.</summary>
    private const int MaxPlacedPerDecision = 16_384;

    private static readonly InstancePhase Active = new InstancePhase.Active();

    public static void Reconcile(CellDraft draft, DateTimeOffset now)
    {
        draft.RoomToPlace = MaxPlacedPerDecision;
        foreach (var key in draft.DirtyDeployments.ToList())
        {
            if (draft.HasMore)
            {
                return; // The rest is still dirty.
            }

            draft.DirtyDeployments.Remove(key);
            if (draft.Deployments.TryGet(key, out var deployment))
            {
                Reconcile(draft, key, deployment, now);
            }
        }
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

    private static void Reconcile(CellDraft draft, DeploymentKey key, Deployment deployment, DateTimeOffset now)
    {
        var active = draft
            .InstancesOf(key)
            .Where(instance => instance.Phase is InstancePhase.Active)
            .ToLookup(instance => instance.Version);
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
        var staying = active;
        if (bounds is not null)
        {
            staying = [.. active.Where(instance => !draft.DrainingHosts.Contains(instance.Host))];
            MoveAway(draft, key, target, active, bounds, now);
        }

        var missing = Math.Min(target.Count - staying.Length, bounds?.Room(draft, key, now) ?? int.MaxValue);
        if (missing > 0)
        {
            return Place(draft, key, target.Version, missing, now);
        }

        Shrink(draft, key, target, staying, bounds, now);
        return true;
    }

    /// <summary>Ends what runs on draining hosts as far as the service can do without, or its replacement is ready.</summary>
    private static void MoveAway(
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
            Drain(draft, mover, $"{mover.Host} drains{why}", now);
        }
    }

    private static void Shrink(
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

        var least = (bounds ?? StageBounds.Of(draft, key, draft.Deployments[key])).Least;
        var spare = draft.InstancesOf(key).Count(instance => instance.IsReady) - least;
        var victims = staying
            .OrderBy(instance => instance.IsReady)
            .ThenByDescending(instance => instance.PlacedAt)
            .ThenByDescending(instance => instance.Id)
            .Take(excess);
        foreach (var victim in victims)
        {
            if (victim.IsReady && spare-- <= 0)
            {
                return; // A host that drains has taken meanwhile what there was to spare.
            }

            Drain(draft, victim, "fewer are wanted", now);
        }
    }

    private static void Drain(CellDraft draft, Instance instance, string reason, DateTimeOffset now)
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

    private static bool Place(
        CellDraft draft,
        DeploymentKey key,
        SemanticVersion version,
        int missing,
        DateTimeOffset now
    )
    {
        var template = draft.Versions[new VersionKey(key.Service, version)].Template;
        var deployment = draft.Deployments[key];
        var team = Quotas.TeamOf(draft, key.Service);
        var allowed = Quotas.Room(draft.QuotaSums, team, template.Request);
        if (allowed == 0 && team is not null)
        {
            NoteUnplaced(draft, key, Quotas.Refusal(draft.QuotaSums, team, template.Request), now);
            return false;
        }

        var spec = PlacementSight.Spec(draft, key, deployment.Pool, template);
        var record = new PlacementRecord(draft, key, version, deployment.NextInstanceNumber, now);
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        var (isRefused, beyond) = (false, Math.Max(0, missing - allowed));
        for (; missing > beyond && draft.RoomToPlace > 0 && !isRefused; missing--)
        {
            var choice = draft.Fleet.Choose(spec, refusals);
            isRefused = !choice.IsFound;
            if (choice.IsFound)
            {
                var holding = draft.Fleet.HoldingOf(spec, choice.Host);
                draft.Put(Instance(key, version, record.Next, holding, choice.Host, now));
                draft.DirtyHosts.Add(choice.Host);
                draft.RoomToPlace--;
                record.Add(choice);
            }
        }

        record.Write();
        draft.Put(deployment with { NextInstanceNumber = record.Next });
        draft.DirtyDeployments.Remove(key);
        if (isRefused)
        {
            NoteUnplaced(draft, key, ReasonOf((PlacementDecision.Unplaceable)draft.Fleet.Place(spec)), now);
        }
        else if (missing > 0)
        {
            draft.DirtyDeployments.Add(key);
        }

        return !isRefused;
    }

    private static Instance Instance(
        DeploymentKey key,
        SemanticVersion version,
        long number,
        Resources holding,
        HostId host,
        DateTimeOffset now
    ) =>
        new()
        {
            Id = InstanceId.Of(key.Service, key.Stage, number),
            Service = key.Service,
            Stage = key.Stage,
            Version = version,
            Host = host,
            Generation = 1,
            Demand = holding,
            Phase = Active,
            Observed = Observation.None,
            PlacedAt = now,
        };

    private static string ReasonOf(PlacementDecision.Unplaceable none)
    {
        var counts = string.Join(", ", none.Refusals.Select(refusal => $"{refusal.Key}: {refusal.Value}"));
        var nearest = none.NearestMiss.Length == 0 ? "" : $"; {none.NearestMiss}";
        return counts.Length == 0 ? "there are no hosts" : $"no host fits ({counts}){nearest}";
    }

    private static void NoteUnplaced(CellDraft draft, DeploymentKey key, string reason, DateTimeOffset now)
    {
        var deployment = draft.Deployments[key];
        if (deployment.Unplaced != reason)
        {
            draft.Put(deployment with { Unplaced = reason });
            draft.Record(now, CellMachine.Conductor, "instance.unplaced", $"{key.Service}.{key.Stage}", reason);
        }

        draft.DirtyDeployments.Add(key); // Tried again with the next decision: an instance that goes elsewhere makes room.
    }

    private static void ClearUnplaced(CellDraft draft, DeploymentKey key)
    {
        if (draft.Deployments[key] is { Unplaced.Length: > 0 } deployment)
        {
            var isDirty = draft.DirtyDeployments.Contains(key);
            draft.Put(deployment with { Unplaced = "" });
            _ = isDirty || draft.DirtyDeployments.Remove(key);
        }
    }
}
