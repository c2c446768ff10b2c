namespace Orchestrator.Contracts.Http;

/// <summary>POST /v1/secrets/{name}.</summary>
public sealed record SecretRequest
{
    /// <summary>In base64; 1 to 32768 bytes without it.</summary>
    public required string Value { get; init; }

    /// <summary>Whose services may use it; null for all.</summary>
    public string? Team { get; init; }
}

/// <summary>What is known of a secret; nobody is told its value.</summary>
/// <param name="Team">Empty for all.</param>
/// <param name="Revision">How often it was set.</param>
/// <param name="Services">Those whose template uses it.</param>
public sealed record SecretView(
    string Name,
    string Team,
    long Revision,
    string SetBy,
    DateTimeOffset SetAt,
    IReadOnlyList<string> Services
);
