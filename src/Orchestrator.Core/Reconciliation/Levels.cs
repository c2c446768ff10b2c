using System.Collections.Immutable;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Reads whole levels off a stored cell: what a host shall run, and what gateways shall route.</summary>
public static class Levels
{
    /// <summary>
    /// Empty at revision 0 for a host that was never assigned anything. While a host is lost its level stays what it was:
    /// only when it has said what still runs there is it decided what stops.
    /// </summary>
    public static HostAssignment Assignment(Cell cell, HostId host) =>
        new(
            host,
            cell.Assignments.GetValueOrDefault(host)?.Revision ?? 0,
            [
                .. cell
                    .Instances.On(host)
                    .Where(instance => IsAssigned(cell, instance))
                    .Select(instance => new AssignedVersion(
                        instance,
                        cell.Versions[new VersionKey(instance.Service, instance.Version)].Template
                    )),
            ]
        )
        {
            Prefetch = cell.Assignments.GetValueOrDefault(host)?.Prefetch ?? [],
        };

    private static bool IsAssigned(Cell cell, Instance instance) =>
        instance.Phase switch
        {
            InstancePhase.Active or InstancePhase.Draining => true,
            InstancePhase.Lost => cell.Hosts[instance.Host].LostSince is not null,
            _ => false,
        };

    public static RoutedTable Routes(Cell cell) =>
        new(
            cell.RouteRevision,
            [
                .. cell
                    .Deployments.Values.Where(deployment => deployment.Run is null) // A batch gets no requests.
                    .Select(deployment => Route(cell, deployment)),
            ]
        );

    private static RoutedService Route(Cell cell, Deployment deployment)
    {
        var ready = cell
            .Instances.Of(new DeploymentKey(deployment.Service, deployment.Stage))
            .Where(instance => instance.IsReady && instance.Observed.Address.Length > 0)
            .ToLookup(instance => instance.Version);
        var peers = Peers(deployment, ready);
        return new RoutedService(
            deployment.Service,
            deployment.Stage,
            [
                .. deployment
                    // One without a share is there for who asks for it by name.
                    .Targets.Where(target => target.WeightPercent > 0 || target.Count > 0)
                    .Select(target => new RoutedVersion(
                        target.Version,
                        target.WeightPercent,
                        [
                            .. ready[target.Version]
                                .Select(instance => new RoutedInstance(
                                    instance.Id,
                                    instance.Observed.Address,
                                    peers.Contains(instance.Id)
                                )),
                        ]
                    )
                    {
                        IsPreview = target.WeightPercent == 0 && IsPreviewed(cell, deployment, target.Version),
                    }),
            ]
        )
        {
            Rules = cell.Services[deployment.Service].Routing,
        };
    }

    /// <summary>
    /// Of the version that is to be replaced, as many instances as the canary has, or as get as much traffic as it does where that
    /// takes more; spread evenly over all of them. None where there are no more than that: then all are what it is compared with.
    /// </summary>
    private static HashSet<InstanceId> Peers(Deployment deployment, ILookup<SemanticVersion, Instance> ready)
    {
        var canary = deployment.Targets.FirstOrDefault(target =>
            target.Version != deployment.Current && target.WeightPercent > 0
        );
        var control = deployment.Targets.FirstOrDefault(target =>
            target.Version == deployment.Current && target.WeightPercent > 0
        );
        if (canary is null || control is null)
        {
            return [];
        }

        var all = ready[control.Version].OrderBy(instance => instance.Id).ToList();
        var asMuch = (int)Math.Ceiling(all.Count * canary.WeightPercent / control.WeightPercent);
        var count = Math.Max(ready[canary.Version].Count(), asMuch);
        return count < all.Count
            ? [.. Enumerable.Range(0, count).Select(number => all[number * all.Count / count].Id)]
            : [];
    }

    private static bool IsPreviewed(Cell cell, Deployment deployment, SemanticVersion version) =>
        cell.Rollouts.Values.Any(rollout =>
            rollout.Service == deployment.Service
            && rollout.Stage.Name == deployment.Stage
            && rollout.To == version
            && BlueGreen.IsPreviewed(rollout)
        );
}
