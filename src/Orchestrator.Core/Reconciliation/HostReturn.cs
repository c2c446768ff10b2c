using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>A lost host that is heard again: what it still runs is stopped, or taken back where it is missed.</summary>
internal static class HostReturn
{
    /// <summary>An instance that runs on is better than one that has yet to start. The host is told the outcome either way.</summary>
    public static void TakeBack(CellDraft draft, Host host, ReportedHost reported, DateTimeOffset now)
    {
        draft.DirtyHosts.Add(host.Id);
        var runs = reported.Instances.ToDictionary(instance => instance.Id);
        var lost = draft
            .InstancesOn(host.Id)
            .Where(instance => instance.Phase is InstancePhase.Lost)
            .Select(instance => (instance, Observed: Running(instance, runs)))
            .OrderByDescending(each => each.Observed.State == ObservedState.Ready)
            .ThenBy(each => each.instance.PlacedAt)
            .ThenBy(each => each.instance.Id);
        foreach (var (instance, observed) in lost)
        {
            if (HasRoom(draft, instance) && Missed(draft, instance, observed) is { } why)
            {
                draft.Put(instance with { Phase = new InstancePhase.Active(), Observed = observed });
                draft.AreRoutesDirty = true;
                draft.Record(now, CellMachine.Conductor, "instance.taken-back", instance.Id.Value, why);
            }
            else
            {
                draft.Put(instance with { Phase = new InstancePhase.Stopping(now) });
            }
        }
    }

    /// <summary>The host holds its newest assignment, and so may get more.</summary>
    public static void CatchUp(CellDraft draft, Host host, DateTimeOffset returned, DateTimeOffset now)
    {
        draft.Put(host with { ReturnedAt = null });
        draft.Record(
            now,
            CellMachine.Conductor,
            "host.caught-up",
            host.Id.Value,
            string.Create(
                CultureInfo.InvariantCulture,
                $"it holds its newest assignment, {(now - returned).TotalSeconds:F1} s after it returned"
            )
        );
        HostWatch.RetryUnplaced(draft);
    }

    private static bool HasRoom(CellDraft draft, Instance instance) =>
        Quotas.Room(draft.QuotaSums, Quotas.TeamOf(draft, instance.Service), instance.Demand) > 0;

    private static Observation Running(Instance instance, Dictionary<InstanceId, ReportedInstance> runs) =>
        runs.TryGetValue(instance.Id, out var seen) && seen.Generation == instance.Generation
            ? seen.Observed
            : Observation.None;

    /// <summary>Why it is wanted back; null if others do its work.</summary>
    private static string? Missed(CellDraft draft, Instance instance, Observation observed)
    {
        var key = new DeploymentKey(instance.Service, instance.Stage);
        var target = draft.Deployments.Find(key)?.Targets.FirstOrDefault(each => each.Version == instance.Version);
        var runs = observed.State is ObservedState.Starting or ObservedState.Ready or ObservedState.NotReady;
        if (target is null || !runs)
        {
            return null;
        }

        if (Recreation.Room(draft, key, target) == 0)
        {
            return null;
        }

        var active = draft.ActiveOf(key).Where(each => each.Version == instance.Version).ToImmutableArray();
        switch (draft.Versions[new VersionKey(instance.Service, instance.Version)].Template.Kind)
        {
            case ServiceKind.Batch:
                return null; // Its run may be over, or another may be about to complete in its stead.
            case ServiceKind.Daemon:
                return $"it still runs on {instance.Host}, and nothing can take its place";
        }

        if (active.Length < target.Count)
        {
            return $"it still runs on {instance.Host}, and nothing was placed in its stead";
        }

        return observed.State == ObservedState.Ready && active.Count(each => each.IsReady) < target.Count
            ? $"it still runs on {instance.Host}, and what was placed in its stead is not ready"
            : null;
    }
}
