namespace Orchestrator.Contracts.Http;

/// <summary>Body of POST /v1/delegations. Either a group or a stage is named.</summary>
public sealed record DelegationRequest
{
    /// <summary>The name of a token.</summary>
    public required string To { get; init; }

    /// <summary>That the caller is a member of; null for a stage.</summary>
    public string? Group { get; init; }

    /// <summary>That the caller is an approver of; null for a group.</summary>
    public string? Stage { get; init; }

    /// <summary>Within the next 30 days.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Goes into the journal; 1 to 1000 characters.</summary>
    public required string Reason { get; init; }
}

/// <summary>One person may approve in another's stead.</summary>
public sealed record DelegationView
{
    public required long Number { get; init; }

    public required string From { get; init; }

    public required string To { get; init; }

    /// <summary>Empty if it is about a stage.</summary>
    public required string Group { get; init; }

    /// <summary>Empty if it is about a group.</summary>
    public required string Stage { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset Until { get; init; }

    public required string Reason { get; init; }

    /// <summary><c>open</c>, <c>over</c> or <c>revoked</c>.</summary>
    public required string State { get; init; }

    /// <summary>Who ended it, and why; empty if nobody did.</summary>
    public required string Revoked { get; init; }
}
