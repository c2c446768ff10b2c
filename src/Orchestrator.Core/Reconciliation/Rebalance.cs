using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>A plan of moves that is being made, or was. One at a time in a cell; its moves are rows of their own.</summary>
public sealed record Rebalance
{
    /// <summary>From 1, ascending within the cell.</summary>
    public required long Number { get; init; }

    public required string AskedBy { get; init; }

    /// <summary>May be empty.</summary>
    public required string Reason { get; init; }

    public required RebalanceOrder Order { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required RebalancePhase Phase { get; init; }

    /// <summary>Moves of the plan.</summary>
    public required int Planned { get; init; }

    public required int Moved { get; init; }

    /// <summary>Moves that no longer fitted, or had nothing left to move.</summary>
    public required int Skipped { get; init; }

    public required RebalanceFigures Before { get; init; }

    /// <summary>As planned.</summary>
    public required RebalanceFigures After { get; init; }
}

public abstract record RebalancePhase
{
    private RebalancePhase() { }

    /// <param name="Wave">Whose moves are being made; those of earlier waves are done.</param>
    public sealed record Running(int Wave) : RebalancePhase;

    public sealed record Succeeded(DateTimeOffset At) : RebalancePhase;

    public sealed record Cancelled(DateTimeOffset At, string By) : RebalancePhase;
}

/// <summary>One move of a rebalance.</summary>
public sealed record RebalanceStep
{
    public required long Rebalance { get; init; }

    /// <summary>From 1, in the order of the plan.</summary>
    public required int Number { get; init; }

    public required RebalanceMove Move { get; init; }

    public required MoveState State { get; init; }

    public RebalanceStepKey Key => new(Rebalance, Number);

    /// <summary>What takes its place; null before there is one, and when there will be none.</summary>
    public InstanceId? Replacement =>
        State switch
        {
            MoveState.Starting(var by) => by,
            MoveState.Serving(var by, _) => by,
            MoveState.Moved(var by) => by,
            _ => null,
        };

    public bool IsFinished => State is MoveState.Moved or MoveState.Skipped;
}

public sealed record RebalanceStepKey(long Rebalance, int Number) : IComparable<RebalanceStepKey>
{
    public int CompareTo(RebalanceStepKey? other) =>
        other is null ? 1 : (Rebalance, Number).CompareTo((other.Rebalance, other.Number));
}

public abstract record MoveState
{
    private MoveState() { }

    public sealed record Waiting : MoveState;

    /// <summary>The new instance stands beside the old one, and is not ready.</summary>
    public sealed record Starting(InstanceId By) : MoveState;

    /// <summary>The new instance is ready, and in the route table from this revision on.</summary>
    public sealed record Serving(InstanceId By, long RouteRevision) : MoveState;

    /// <summary>The old instance was told to end.</summary>
    public sealed record Moved(InstanceId By) : MoveState;

    public sealed record Skipped(string Reason) : MoveState;
}
