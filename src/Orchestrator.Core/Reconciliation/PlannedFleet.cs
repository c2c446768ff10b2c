using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>A deployment at one moment of a plan.</summary>
internal sealed record PlannedFleet
{
    public static readonly PlannedFleet None = new()
    {
        Version = null,
        Hosts = ImmutableDictionary<InstanceId, HostId>.Empty,
        Short = 0,
        Reason = "",
        Room = new DeploymentPeak(Instances: 0, default),
    };

    /// <summary>The newest that is wanted; null when none is.</summary>
    public required SemanticVersion? Version { get; init; }

    /// <summary>Of active instances.</summary>
    public required ImmutableDictionary<InstanceId, HostId> Hosts { get; init; }

    /// <summary>How many have no place, or have to leave the one they have.</summary>
    public required int Short { get; init; }

    public required string Reason { get; init; }

    public required DeploymentPeak Room { get; init; }

    public static ImmutableSortedDictionary<DeploymentKey, PlannedFleet> Of(CellDraft draft) =>
        draft.Deployments.Keys.ToImmutableSortedDictionary(key => key, key => Of(draft, key, draft.Deployments[key]));

    /// <summary>Null when the change does not reach it.</summary>
    public static DeploymentPlan? Compare(
        DeploymentKey key,
        PlannedFleet before,
        PlannedFleet after,
        DeploymentPeak? peak
    )
    {
        var placed = Count(after.Hosts, before.Hosts);
        var stopped = Count(before.Hosts, after.Hosts);
        if (placed.IsEmpty && stopped.IsEmpty && before.Short == after.Short && before.Version == after.Version)
        {
            return null;
        }

        var surge = (peak ?? after.Room).Above(before.Room, after.Room);
        return new DeploymentPlan
        {
            Service = key.Service,
            Stage = key.Stage,
            From = before.Version,
            To = after.Version,
            Before = before.Hosts.Count,
            After = after.Hosts.Count,
            Placed = placed,
            Stopped = stopped,
            Unplaced = after.Short,
            Reason = after.Short == 0 ? "" : after.Reason,
            Surge = surge.Instances,
            SurgeRoom = surge.Room,
        };
    }

    private static PlannedFleet Of(CellDraft draft, DeploymentKey key, Deployment deployment)
    {
        var active = draft.ActiveOf(key);
        return new PlannedFleet
        {
            Version = deployment.Targets.IsEmpty ? null : deployment.Targets[^1].Version,
            Hosts = active.ToImmutableDictionary(instance => instance.Id, instance => instance.Host),
            Short = Wanted(draft, key, deployment).Sum(target => Missing(draft, deployment, target, active)),
            Reason = deployment.Unplaced,
            Room = DeploymentPeak.Of(draft, key),
        };
    }

    private static int Missing(CellDraft draft, Deployment deployment, VersionTarget target, List<Instance> active)
    {
        var own = active.Where(instance => instance.Version == target.Version).ToList();
        return draft.Versions[new VersionKey(deployment.Service, target.Version)].Template.Kind switch
        {
            ServiceKind.Service => Math.Max(0, target.Count - own.Count(instance => MayStay(draft, instance))),
            // On a host that drains it stays to the last, and then is wanted there no more.
            ServiceKind.Daemon => Math.Max(0, target.Count - own.Count),
            // Those that fail are tried again later, which is no lack of room.
            ServiceKind.Batch batch when deployment is { Unplaced.Length: > 0, Run: { } run } => Math.Max(
                0,
                Math.Min(batch.Parallelism, run.Wanted - run.Completed) - own.Count
            ),
            _ => 0,
        };
    }

    private static bool MayStay(CellDraft draft, Instance instance) =>
        draft.Hosts[instance.Host].Availability != HostAvailability.Draining;

    /// <summary>Where the deployment goes: for a rollout that a plan made, the whole count of its version.</summary>
    private static ImmutableArray<VersionTarget> Wanted(CellDraft draft, DeploymentKey key, Deployment deployment) =>
        draft
            .OpenRollouts.Select(id => draft.Rollouts[id])
            .FirstOrDefault(each => each.Service == key.Service && each.Stage.Name == key.Stage)
            is { } rollout
            ? [new VersionTarget(rollout.To, rollout.Stage.Count, WeightPercent: 100)]
            : deployment.Targets;

    /// <summary>By host: those of the first that are not in the second.</summary>
    private static ImmutableArray<HostCount> Count(
        ImmutableDictionary<InstanceId, HostId> these,
        ImmutableDictionary<InstanceId, HostId> those
    ) =>
        [
            .. these
                .Where(each => !those.ContainsKey(each.Key))
                .CountBy(each => each.Value)
                .Select(each => new HostCount(each.Key, each.Value))
                .OrderByDescending(each => each.Count)
                .ThenBy(each => each.Host),
        ];
}
