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
                                .Select(instance => new RoutedInstance(instance.Id, instance.Observed.Address)),
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

    private static bool IsPreviewed(Cell cell, Deployment deployment, SemanticVersion version) =>
        cell.Rollouts.Values.Any(rollout =>
            rollout.Service == deployment.Service
            && rollout.Stage.Name == deployment.Stage
            && rollout.To == version
            && BlueGreen.IsPreviewed(rollout)
        );
}
