using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What somebody wants a pool to become, and at what price.</summary>
/// <param name="Moves">1 to <see cref="MaxMoves"/>.</param>
public sealed record RebalanceOrder(PoolName Pool, RebalanceGoal Goal, int Moves)
{
    /// <summary>A plan of so many is made in half a second, and stays readable as a row of the store.</summary>
    public const int MaxMoves = 10_000;
}

/// <summary>What a rebalance would come to.</summary>
public abstract record RebalanceOutcome
{
    private RebalanceOutcome() { }

    public sealed record Planned(RebalancePlan Plan) : RebalanceOutcome;

    public sealed record Refused(CellAnswer.Refused Answer) : RebalanceOutcome;
}
