namespace Orchestrator.Core.Catalog;

/// <summary>How gateways treat requests to a service, at every stage.</summary>
public sealed record RoutingRules
{
    public static readonly RoutingRules Usual = new();

    /// <summary>Null: each request falls for itself.</summary>
    public StickyRule? Sticky { get; init; }

    /// <summary>Instances are spoken to in HTTP/2 without TLS, as gRPC always is.</summary>
    public bool IsHttp2 { get; init; }

    /// <summary>Of one request; null: the gateway's own limit. At least 1.</summary>
    public int? MaxBodyMebibytes { get; init; }

    /// <summary>Begins with a slash; gateways ask each instance for it too. Null: they rely on agents and on what requests show.</summary>
    public string? HealthPath { get; init; }
}

/// <summary>What keeps a caller at a version, of which there is one at least.</summary>
/// <param name="CookieFor">Gateways give the cookie to callers without one, for so long; null: the service gives it.</param>
public sealed record StickyRule(string? Header, string? Cookie, TimeSpan? CookieFor);
