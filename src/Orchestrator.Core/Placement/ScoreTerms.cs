namespace Orchestrator.Core.Placement;

/// <summary>What is scanned for one request: columns by slot, and what the request asks.</summary>
internal readonly ref struct ScoreTerms
{
    public required HostColumns Hosts { get; init; }

    public required ReadOnlySpan<int> Closed { get; init; }

    /// <summary>Instances of the group by slot.</summary>
    public required ReadOnlySpan<int> OfGroup { get; init; }

    /// <summary>0 to <see cref="PlacementFleet.MaxScore"/> by slot; empty when the request has no affinity.</summary>
    public required ReadOnlySpan<int> Affinity { get; init; }

    /// <summary>Weighted points by slot of hosts that hold the image; empty when none does or none is asked for.</summary>
    public required ReadOnlySpan<int> Images { get; init; }

    /// <summary>Null when no rule about neighbours judges each host for itself.</summary>
    public required Neighbours? Neighbours { get; init; }

    /// <summary>Null when nothing but CPU and memory is asked.</summary>
    public required ExtraDemand? Extras { get; init; }

    public required Resources Demand { get; init; }

    public required PlacementWeights Weights { get; init; }

    public required int MostPerHost { get; init; }
}

/// <summary>What a scan found.</summary>
/// <param name="Slot">The best host: the lowest of those with the most points; -1 when none fits.</param>
/// <param name="Points">Weighted, not yet divided by the weights' total.</param>
internal readonly record struct ScanResult(
    int Slot,
    int Points,
    int Feasible,
    int LackCpu,
    int LackMemory,
    int TooMany
);
