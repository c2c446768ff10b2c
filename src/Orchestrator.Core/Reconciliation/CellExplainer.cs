using System.Collections.Immutable;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Says, for people, where one more instance of a version would go and why not elsewhere.</summary>
public static class CellExplainer
{
    /// <summary>Null if the version or a deployment of it at the stage is not there.</summary>
    public static (PlacementDecision Decision, ImmutableArray<HostExplanation> Hosts)? Explain(
        Cell cell,
        ServiceName service,
        StageName stage
    )
    {
        var key = new DeploymentKey(service, stage);
        if (
            !cell.Deployments.TryGetValue(key, out var deployment)
            || deployment.Targets.IsEmpty
            || !cell.Versions.TryGetValue(new VersionKey(service, deployment.Targets[^1].Version), out var version)
        )
        {
            return null;
        }

        var instances = cell.Instances.Values.ToLookup(instance => instance.Host);
        ImmutableArray<HostSnapshot> hosts =
        [
            .. cell.Hosts.Values.Select(host => new HostSnapshot(
                host,
                instances[host.Id].Aggregate(default(Resources), (sum, instance) => sum + instance.Demand),
                instances[host.Id]
                    .Count(each => each.Phase is InstancePhase.Active && each.Service == service && each.Stage == stage)
            )),
        ];
        var request = PlacementSight.Request(cell.Pools.GetValueOrDefault(deployment.Pool), version.Template.Request);
        return (Placer.Place(request, hosts), Placer.Explain(request, hosts));
    }
}
