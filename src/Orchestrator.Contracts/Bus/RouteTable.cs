namespace Orchestrator.Contracts.Bus;

/// <summary>The whole routing of a cell at a revision. A gateway refuses a lower (epoch, revision).</summary>
public sealed record RouteTable
{
    public required long Epoch { get; init; }

    public required long Revision { get; init; }

    public required IReadOnlyList<ServiceRoute> Routes { get; init; }
}

/// <summary>Requests to <c>/{stage}/{service}/…</c>.</summary>
public sealed record ServiceRoute
{
    public required string Service { get; init; }

    public required string Stage { get; init; }

    public required IReadOnlyList<VersionRoute> Versions { get; init; }
}

/// <param name="WeightPercent">Share of the requests, 0 to 100; the shares of a route need not sum to 100 and count relative to each other.</param>
public sealed record VersionRoute(string Version, int WeightPercent, IReadOnlyList<RouteEndpoint> Endpoints);

/// <summary>A ready instance. One that left the table gets no new request and finishes those it has.</summary>
public sealed record RouteEndpoint(string InstanceId, string Address);
