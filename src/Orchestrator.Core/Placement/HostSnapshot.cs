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

/// <summary>How the parts of a score count against each other; none is negative, and not all are 0.</summary>
public sealed record PlacementWeights(int HeadroomWeight, int SpreadWeight, int BinPackWeight)
{
    /// <summary>
    /// Instances of a service go to different hosts where there is room, then to where most is left. With 3 to 1 a host
    /// without the service always wins: 3 · 1000 is more than 3 · 500 + 1000.
    /// </summary>
    public static readonly PlacementWeights Spread = new(HeadroomWeight: 1, SpreadWeight: 3, BinPackWeight: 0);

    /// <summary>The fullest host that still has room.</summary>
    public static readonly PlacementWeights BinPack = new(HeadroomWeight: 0, SpreadWeight: 0, BinPackWeight: 1);

    public int Total => HeadroomWeight + SpreadWeight + BinPackWeight;
}

/// <summary>One host's answer to a request, for people.</summary>
/// <param name="Score">As <c>Placer.Place</c> sees it; 0 for a host that is refused.</param>
/// <param name="Reasons">Every reason against it; empty when it fits.</param>
public sealed record HostExplanation(HostId Host, int Score, ImmutableArray<string> Reasons);
