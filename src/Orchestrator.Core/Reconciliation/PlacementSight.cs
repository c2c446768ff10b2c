using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>The fleet as placement sees it.</summary>
internal static class PlacementSight
{
    private static readonly Pool AllHosts = new(
        PoolName.Parse("default"),
        ImmutableSortedDictionary<string, string>.Empty,
        PoolPreference.Spread
    );

    /// <summary>A pool that nobody declared has all hosts, and spreads.</summary>
    public static PlacementRequest Request(CellDraft draft, PoolName name, Resources demand) =>
        Request(draft.Pools.Find(name), demand);

    public static PlacementRequest Request(Pool? declared, Resources demand)
    {
        var pool = declared ?? AllHosts;
        var weights = pool.Preference switch
        {
            PoolPreference.Spread => PlacementWeights.Spread,
            PoolPreference.BinPack => PlacementWeights.BinPack,
            _ => throw new ArgumentOutOfRangeException(nameof(declared)),
        };
        return new PlacementRequest(demand, pool.Selector, weights);
    }

    public static ImmutableArray<HostSnapshot> Hosts(CellDraft draft, DeploymentKey key)
    {
        var perHost = draft
            .InstancesOf(key)
            .Where(instance => instance.Phase is InstancePhase.Active)
            .CountBy(instance => instance.Host)
            .ToDictionary();
        return
        [
            .. draft.Hosts.Rows.Select(host => new HostSnapshot(
                host,
                draft.UsedOn(host.Id),
                perHost.GetValueOrDefault(host.Id)
            )),
        ];
    }
}
