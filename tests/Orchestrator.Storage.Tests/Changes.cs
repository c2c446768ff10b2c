using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Storage.Tests;

internal static class Changes
{
    public static readonly CellChanges None = new()
    {
        Pools = [],
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
        RouteRevision = 0,
    };
}
