using System.Text.Json.Serialization;

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

    /// <summary>Where its source is: <c>https://…</c>, <c>ssh://…</c> or <c>git@host:path</c>, without a password. Needs <see cref="Commit"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Repository { get; init; }

    /// <summary>What it was made from: 40 or 64 hexadecimal digits. Needs <see cref="Repository"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Commit { get; init; }
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
