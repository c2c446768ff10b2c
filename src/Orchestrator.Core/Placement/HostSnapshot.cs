using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>A host as placement sees it. <paramref name="Used"/> counts every instance on it, terminating ones too.</summary>
/// <param name="OfService">Instances of the service and stage that is being placed.</param>
public sealed record HostSnapshot(Host Host, Resources Used, int OfService)
{
    public Resources Free => Host.Capacity - Used;
}

/// <summary>One instance to place.</summary>
public sealed record PlacementRequest(
    Resources Demand,
    ImmutableSortedDictionary<string, string> PoolSelector,
    PlacementWeights Weights
);

/// <summary>How the parts of a score count against each other; not negative, not both 0.</summary>
public sealed record PlacementWeights(int Headroom, int Spread, int BinPack)
{
    public int Total => Headroom + Spread + BinPack;
}

/// <summary>One host's answer to a request, for people.</summary>
/// <param name="Reasons">Every reason against it; empty when it fits.</param>
public sealed record HostExplanation(HostId Host, int Score, ImmutableArray<string> Reasons);
