namespace Orchestrator.Contracts.Http;

/// <summary>POST /v1/hosts/tokens; may be left out.</summary>
public sealed record HostTokenRequest
{
    /// <summary>The only host that may use it; null for any that has not joined yet.</summary>
    public string? Host { get; init; }

    /// <summary>60 to 86400; null is an hour.</summary>
    public long? TtlSeconds { get; init; }
}

/// <param name="Host">Empty for any.</param>
/// <param name="Token">Shown once, stored hashed.</param>
/// <param name="Address">The control plane as whoever asked for the token reached it.</param>
public sealed record HostTokenCreated(string Id, string Host, DateTimeOffset ExpiresAt, string Token, string Address);

/// <param name="Host">Empty for any.</param>
public sealed record HostTokenView(
    string Id,
    string Host,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

/// <summary>POST /v1/hosts/join, authorised by a host's token alone.</summary>
public sealed record JoinRequest
{
    /// <summary>What the host is to be called: a DNS label that begins with a letter.</summary>
    public string Host { get; init; } = "";
}

/// <summary>Where a host finds the rest of the fleet, and who it is there.</summary>
public sealed record JoinAnswer
{
    public required string Host { get; init; }

    public required string Cell { get; init; }

    public required string BrokerHost { get; init; }

    public required int BrokerPort { get; init; }

    public required string VirtualHost { get; init; }

    /// <summary>Of this host alone.</summary>
    public required string User { get; init; }

    /// <summary>Known to nobody else: whoever loses it joins again.</summary>
    public required string Password { get; init; }

    /// <summary>Empty if there is none.</summary>
    public string GatewayUrl { get; init; } = "";

    // The generated text would print the password.
    public override string ToString() => $"{Host} in {Cell} at {BrokerHost}:{BrokerPort}";
}
