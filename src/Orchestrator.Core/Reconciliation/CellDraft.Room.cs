using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <content>What placement is told of hosts, deployments and instances.</content>
public sealed partial class CellDraft
{
    private void KeepApart(Deployment deployment) =>
        Fleet.KeepApart(
            new PlacementGroup(deployment.Service, deployment.Stage),
            PlacementSight.Apart(deployment, Versions.Find)
        );

    private void Measure(IEnumerable<Host> hosts)
    {
        var rules = new CapacityRules(Pools.Rows);
        foreach (var host in hosts)
        {
            Fleet.Put(rules.Apply(host));
        }
    }

    private void Occupy(Instance instance)
    {
        Fleet.Take(instance.Host, instance.Demand);
        if (IsActive(instance))
        {
            Fleet.Count(instance.Host, GroupOf(instance), 1);
        }
    }
}
