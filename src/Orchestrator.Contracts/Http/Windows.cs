namespace Orchestrator.Contracts.Http;

/// <summary>When trains may depart and rollouts may begin, or may not.</summary>
public sealed record WindowView
{
    public required string Name { get; init; }

    /// <summary><c>allow</c>, <c>deny</c>, or <c>halt</c> for one that a person made.</summary>
    public required string Effect { get; init; }

    /// <summary>Empty for all.</summary>
    public required IReadOnlyList<string> Services { get; init; }

    /// <summary>Empty for all.</summary>
    public required IReadOnlyList<string> Stages { get; init; }

    public required string Zone { get; init; }

    /// <summary>Such as <c>0 0 17 ? * FRI for 63h</c>.</summary>
    public required IReadOnlyList<string> Times { get; init; }

    /// <summary><c>finish</c>, <c>hold</c> or <c>halt</c>.</summary>
    public required string OnClose { get; init; }

    public required string Reason { get; init; }

    /// <summary>Who stopped the line; empty for a window of a manifest.</summary>
    public required string HaltedBy { get; init; }

    /// <summary>Whether things may go on now, as far as this window goes.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>When that changes; null if it never does, or that is not known.</summary>
    public required DateTimeOffset? ChangesAt { get; init; }
}

/// <summary>Body of POST /v1/halts.</summary>
public sealed record HaltRequest
{
    /// <summary>Empty for all.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>Empty for all.</summary>
    public IReadOnlyList<string> Stages { get; init; } = [];

    /// <summary>Seconds from now, 1 to 2678400 (31 days), after which it ends by itself; null until it is released.</summary>
    public long? WithinSeconds { get; init; }

    /// <summary>Goes into the journal; may be empty.</summary>
    public string Reason { get; init; } = "";
}
