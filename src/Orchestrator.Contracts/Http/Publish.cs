namespace Orchestrator.Contracts.Http;

/// <summary>POST /v1/services/{service}/versions. What is left out comes from the service's template.</summary>
public sealed record PublishRequest
{
    public required string Version { get; init; }

    public string Channel { get; init; } = "stable";

    /// <summary><c>name@sha256:…</c>.</summary>
    public string? Image { get; init; }

    /// <summary>Added to the template's environment; wins over it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <param name="Action"><c>created</c> or <c>unchanged</c>.</param>
/// <param name="Train">The train it is to board, empty if it may not board the one that boards now, or there is none.</param>
/// <param name="DepartsAt">When that train departs.</param>
public sealed record PublishResult(
    string Service,
    string Version,
    string Action,
    string Digest,
    string Train,
    DateTimeOffset? DepartsAt
);
