namespace Orchestrator.Contracts.Http;

/// <summary>POST /v1/rebalances: as <see cref="PlanRebalanceRequest"/>, and the moves are made.</summary>
public sealed record RebalanceRequest
{
    /// <summary>Its hosts are meant; <c>default</c> is all hosts unless it is declared.</summary>
    public required string Pool { get; init; }

    /// <summary><c>pack</c> or <c>spread</c>.</summary>
    public required string Goal { get; init; }

    /// <summary>1 to 10000: at most so many.</summary>
    public required int Moves { get; init; }

    /// <summary>For the journal; may be empty.</summary>
    public string Reason { get; init; } = "";
}

/// <summary>A plan of moves that is being made, or was.</summary>
public sealed record RebalanceView
{
    public required string Id { get; init; }

    public required string Pool { get; init; }

    public required string Goal { get; init; }

    /// <summary><c>Running</c>, <c>Succeeded</c> or <c>Cancelled</c>.</summary>
    public required string Phase { get; init; }

    public required string AskedBy { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null while it is running.</summary>
    public required DateTimeOffset? EndedAt { get; init; }

    /// <summary>At most so many moves were asked for.</summary>
    public required int Budget { get; init; }

    public required int Planned { get; init; }

    public required int Moved { get; init; }

    /// <summary>Moves that no longer fitted, or had nothing left to move.</summary>
    public required int Skipped { get; init; }

    public required RebalanceFiguresView Before { get; init; }

    /// <summary>As planned.</summary>
    public required RebalanceFiguresView After { get; init; }

    /// <summary>Empty in lists, and an hour after it ended once another one began.</summary>
    public required IReadOnlyList<RebalanceStepView> Steps { get; init; }
}

public sealed record RebalanceStepView
{
    public required string Instance { get; init; }

    public required string From { get; init; }

    public required string To { get; init; }

    public required int Wave { get; init; }

    public required string Why { get; init; }

    /// <summary><c>Waiting</c>, <c>Starting</c>, <c>Serving</c>, <c>Moved</c> or <c>Skipped</c>.</summary>
    public required string State { get; init; }

    /// <summary>What takes its place; empty when nothing does yet, or will.</summary>
    public required string Replacement { get; init; }

    /// <summary>Why it was skipped; else empty.</summary>
    public required string Reason { get; init; }
}
