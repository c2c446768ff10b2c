using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>A host as placement sees it. <paramref name="Used"/> counts every instance on it, terminating ones too, and at
/// least all that the request asks for.</summary>
/// <param name="OfGroup">Active instances of the group that is being placed.</param>
public sealed record HostSnapshot(Host Host, Resources Used, int OfGroup)
{
    public Resources Free => Host.Capacity - Used;
}

/// <summary>Instances that count together where they are spread: those of a service at a stage, whatever their version.</summary>
public readonly record struct PlacementGroup(ServiceName Service, StageName Stage);

/// <summary>One instance to place.</summary>
public sealed record PlacementRequest(
    Resources Demand,
    ImmutableSortedDictionary<string, string> PoolSelector,
    PlacementWeights Weights
)
{
    public PlacementRules Rules { get; init; } = PlacementRules.None;

    /// <summary>Each class at most once.</summary>
    public ImmutableArray<DeviceRequest> Devices { get; init; } = [];

    /// <summary>What it runs, as <see cref="ImageKey"/> numbers it; null where it makes no difference who holds it.</summary>
    public long? Image { get; init; }

    /// <summary>What holds for a while only, as a rollout goes from one domain to the next; null for nothing.</summary>
    public HostConstraint? Confinement { get; init; }
}

/// <summary>How the parts of a score count against each other; none is negative, and not all are 0.</summary>
public sealed record PlacementWeights(int HeadroomWeight, int SpreadWeight, int BinPackWeight)
{
    /// <summary>
    /// Instances of a service go to different hosts where there is room, then to where most is left. With 3 to 1 a host
    /// without the service always wins: 3 · 1000 is more than 3 · 500 + 1000.
    /// </summary>
    public static readonly PlacementWeights Spread = new(HeadroomWeight: 1, SpreadWeight: 3, BinPackWeight: 0);

    /// <summary>
    /// The host on which least stays free, of those that leave no device idle for want of CPU or memory to use it with: what
    /// is stranded so counts twice as much as all that is free.
    /// </summary>
    public static readonly PlacementWeights BinPack = new(HeadroomWeight: 0, SpreadWeight: 0, BinPackWeight: 1);

    /// <summary>What a team asks for by affinity outweighs what the pool prefers: 5 · 1000 is more than 3 · 1000 + 1000.</summary>
    public const int AffinityWeight = 5;

    /// <summary>Each soft or hard spread over domains outweighs the host's own parts.</summary>
    public const int DomainWeight = 8;

    /// <summary>All soft rules about neighbours together count as much as all affinities.</summary>
    public const int NeighbourWeight = 5;

    /// <summary>
    /// Weighted points of a host that holds the image: decides among hosts that are alike to a fifth of their capacity, and
    /// never doubles up a service, as 3 · 1000 is still more than 3 · 500 + 1000 + 200. Not part of the total: a score shown
    /// ends at its maximum.
    /// </summary>
    public const int ImagePoints = 200;

    /// <summary>How much stranded devices count against what stays free, where a pool packs.</summary>
    public const int StrandedWeight = 2;

    /// <summary>Bin-packing has two parts: how full the host is, and how few of its devices are stranded.</summary>
    public int Total => HeadroomWeight + SpreadWeight + ((1 + StrandedWeight) * BinPackWeight);

    /// <summary>With the parts that this request has beside those of the pool.</summary>
    public int TotalOf(PlacementRequest request) =>
        Total
        + (request.Rules.Affinities.IsEmpty ? 0 : AffinityWeight)
        + (request.Rules.Spreads.Length * DomainWeight)
        + (HasSoftNeighbours(request.Rules) ? NeighbourWeight : 0);

    private static bool HasSoftNeighbours(PlacementRules rules) =>
        (!rules.Near.IsEmpty || !rules.Apart.IsEmpty) && rules.Near.Concat(rules.Apart).Any(rule => !rule.IsRequired);
}

/// <summary>One host's answer to a request, for people.</summary>
/// <param name="Score">As the placement sees it; 0 for a host that is refused.</param>
/// <param name="Reasons">Every reason against it; empty when it fits.</param>
public sealed record HostExplanation(HostId Host, int Score, ImmutableArray<string> Reasons);
