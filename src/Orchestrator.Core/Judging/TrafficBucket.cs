using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>What canary and control answered in one interval. Errors never exceed requests.</summary>
public sealed record TrafficBucket(
    DateTimeOffset From,
    DateTimeOffset To,
    long CanaryRequests,
    long CanaryErrors,
    long ControlRequests,
    long ControlErrors
)
{
    /// <summary>
    /// Upper bounds of the latency histograms in milliseconds: the preferred numbers of series R10 (ISO 3), ten for each decade. One
    /// more bucket has what took longer.
    /// </summary>
    public static readonly ImmutableArray<double> LatencyBounds =
    [
        .. from decade in (decimal[])[0.1m, 1, 10, 100, 1_000]
        from preferred in (decimal[])[1, 1.25m, 1.6m, 2, 2.5m, 3.15m, 4, 5, 6.3m, 8]
        select (double)(decade * preferred),
        10_000,
    ];

    /// <summary>Answers by latency; empty if that is not known.</summary>
    public ImmutableArray<long> CanaryLatencies { get; init; } = [];

    /// <summary>As for the canary.</summary>
    public ImmutableArray<long> ControlLatencies { get; init; } = [];
}
