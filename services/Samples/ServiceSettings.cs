using System.Collections.Immutable;

namespace Orchestrator.Samples;

/// <summary>Who this copy is, whom it calls for each request, and how it misbehaves at first.</summary>
internal sealed record ServiceSettings
{
    public required int Port { get; init; }

    public required string Service { get; init; }

    public required string Version { get; init; }

    public required string Instance { get; init; }

    public required ImmutableArray<Downstream> Calls { get; init; }

    public required Chaos Chaos { get; init; }
}

/// <summary>A service that is called for each request, and its address behind the gateway.</summary>
internal sealed record Downstream(string Service, Uri Address);

/// <summary>How a copy misbehaves: the share of requests that it fails itself, and the time it takes over each.</summary>
internal sealed record Chaos(int ErrorPercent, int DelayMilliseconds);
