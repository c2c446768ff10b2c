using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Tests.Shared;

internal static class Changes
{
    public static readonly CellChanges None = new()
    {
        Pools = [],
        Teams = [],
        Services = [],
        Versions = [],
        Lines = [],
        Trains = [],
        Rollouts = [],
        Deployments = [],
        Hosts = [],
        Instances = [],
        RemovedInstances = [],
        Assignments = [],
        Windows = [],
        RemovedWindows = [],
        Rebalances = [],
        RebalanceSteps = [],
        RemovedRebalanceSteps = [],
        RouteRevision = 0,
    };
}
