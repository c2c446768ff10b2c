namespace Orchestrator.Contracts.Http;

public sealed record ApprovalView(string Actor, string Reason, DateTimeOffset At)
{
    /// <summary>In whose stead it was given; empty for the actor's own.</summary>
    public string For { get; init; } = "";
}

/// <summary>Another system that must let a rollout through, and what it said last.</summary>
public sealed record WebhookView
{
    public required string Name { get; init; }

    /// <summary><c>stage</c> or <c>promotion</c>.</summary>
    public required string Before { get; init; }

    /// <summary><c>not asked</c>, <c>open</c>, <c>refused</c>, <c>pending</c>, <c>failed</c> or <c>skipped</c>.</summary>
    public required string State { get; init; }

    /// <summary>Its own words, or why there is no answer, or who goes on without it.</summary>
    public required string Reason { get; init; }

    public required int Attempts { get; init; }

    /// <summary>When it said so; null if it was not asked.</summary>
    public required DateTimeOffset? At { get; init; }

    /// <summary>No earlier than that it is asked again; null if it need not be.</summary>
    public required DateTimeOffset? AskAgainAt { get; init; }
}
