using System.Collections.Immutable;
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

        var fleet = PlacementSight.FleetOf(cell);
        var request = PlacementSight.Request(cell.Pools.GetValueOrDefault(deployment.Pool), version.Template);
        var spec = new PlacementSpec(request, new PlacementGroup(service, stage));
        return (fleet.Place(spec), fleet.Explain(spec));
    }
}
