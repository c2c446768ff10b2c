namespace Orchestrator.Contracts.Bus;

/// <summary>High-rate news, batched, and lossy by design: whatever matters is sent again by level.</summary>
public sealed record Telemetry
{
    public IReadOnlyList<HostHeartbeat> Hosts { get; init; } = [];

    public IReadOnlyList<GatewayHeartbeat> Gateways { get; init; } = [];

    public IReadOnlyList<TrafficSamples> Traffic { get; init; } = [];
}

/// <param name="Digest">That of the agent's newest <see cref="HostReport"/>; if the conductor knows another, it sends the assignment again, and the agent answers with a report.</param>
public sealed record HostHeartbeat(string HostId, string AgentSession, long Epoch, long Revision, string Digest);

/// <param name="Busy">Instances that are no longer in the table and still have requests in flight.</param>
public sealed record GatewayHeartbeat(
    string GatewayId,
    string Session,
    long Epoch,
    long Revision,
    IReadOnlyList<string> Busy
);

/// <summary>What one gateway counted in one interval. <see cref="Sequence"/> grows within a session, so a repeated batch counts once.</summary>
public sealed record TrafficSamples
{
    public required string GatewayId { get; init; }

    public required string Session { get; init; }

    public required long Sequence { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    public required IReadOnlyList<TrafficSample> Samples { get; init; }
}

/// <summary>Per version. An error is an answer of 500 and above or none at all; the caller's own 4xx is not.</summary>
public sealed record TrafficSample
{
    /// <summary>
    /// Upper bounds of the latency buckets in milliseconds: the preferred numbers of series R10 (ISO 3), ten for each decade. One
    /// more bucket counts what is slower than all.
    /// </summary>
    public static readonly IReadOnlyList<double> LatencyBoundsMilliseconds =
    [
        .. from decade in (decimal[])[0.1m, 1, 10, 100, 1_000]
        from preferred in (decimal[])[1, 1.25m, 1.6m, 2, 2.5m, 3.15m, 4, 5, 6.3m, 8]
        select (double)(decade * preferred),
        10_000,
    ];

    public required string Service { get; init; }

    public required string Stage { get; init; }

    public required string Version { get; init; }

    public required long Requests { get; init; }

    public required long Errors { get; init; }

    /// <summary>One count per bound, and one for the rest.</summary>
    public required IReadOnlyList<long> LatencyCounts { get; init; }

    /// <summary>
    /// Of all this, what those instances answered that are told apart: the peers of a canary, or else every other one. Null if
    /// they answered nothing, or from an older gateway.
    /// </summary>
    public PartSample? Part { get; init; }
}

/// <param name="LatencyCounts">As those of the whole.</param>
public sealed record PartSample(long Requests, long Errors, IReadOnlyList<long> LatencyCounts);
