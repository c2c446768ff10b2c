namespace Orchestrator.Contracts.Bus;

/// <summary>The whole routing of a cell at a revision. A gateway refuses a lower (epoch, revision).</summary>
public sealed record RouteTable
{
    public required long Epoch { get; init; }

    public required long Revision { get; init; }

    public required IReadOnlyList<ServiceRoute> Routes { get; init; }
}

/// <summary>Requests to <c>/{stage}/{service}/…</c>, or to the host <c>{service}.{stage}.{domain}</c>.</summary>
public sealed record ServiceRoute
{
    public required string Service { get; init; }

    public required string Stage { get; init; }

    /// <summary>Also those without a weight: they get just the requests that name them.</summary>
    public required IReadOnlyList<VersionRoute> Versions { get; init; }

    /// <summary>What keeps a caller at a version; null: each request falls for itself.</summary>
    public StickyRoute? Sticky { get; init; }

    /// <summary>Instances are spoken to in HTTP/2 without TLS, as gRPC always is; null or false: in HTTP/1.1.</summary>
    public bool? IsHttp2 { get; init; }

    /// <summary>Of one request, 0 or more; null: the gateway's own limit.</summary>
    public long? MaxBodyBytes { get; init; }

    /// <summary>Begins with a slash. The gateway asks each instance for it too; null: it relies on agents and on what requests show.</summary>
    public string? HealthPath { get; init; }
}

/// <summary>
/// A caller whose header, or else whose cookie, stays the same stays at a version for as long as the weights do; while a
/// weight grows, nobody leaves that version.
/// </summary>
public sealed record StickyRoute
{
    public string? Header { get; init; }

    public string? Cookie { get; init; }

    /// <summary>The gateway gives the cookie to callers without one, for so long; null: the service itself gives it.</summary>
    public int? CookieSeconds { get; init; }
}

/// <param name="WeightPercent">Share of the requests, 0 to 100; the shares of a route need not sum to 100 and count relative to each other.</param>
public sealed record VersionRoute(string Version, int WeightPercent, IReadOnlyList<RouteEndpoint> Endpoints)
{
    /// <summary>The share in tenths of a percent, 0 to 1,000; where it is null, <see cref="WeightPercent"/> counts.</summary>
    public int? WeightPermille { get; init; }

    /// <summary>Without a share, and what the service's preview address leads to; null or false: it is none.</summary>
    public bool? IsPreview { get; init; }
}

/// <summary>A ready instance. One that left the table gets no new request and finishes those it has.</summary>
public sealed record RouteEndpoint(string InstanceId, string Address)
{
    /// <summary>One of those that a canary is compared with: what they answer is told apart. Null or false: it is not.</summary>
    public bool? IsPeer { get; init; }
}
