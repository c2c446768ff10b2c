using Orchestrator.Core.Catalog;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Plans moves on a cell: the same for who only looks and for who then makes them.</summary>
public static class FleetRebalancer
{
    /// <param name="cell">Is not changed.</param>
    /// <param name="now">When the cell was as it is.</param>
    public static RebalanceOutcome Plan(Cell cell, RebalanceOrder order, DateTimeOffset now) =>
        Plan(CellDraft.From(cell, CellSettings.Embedded, epoch: 1, now), order, now);

    internal static RebalanceOutcome Plan(CellDraft draft, RebalanceOrder order, DateTimeOffset now)
    {
        if (order.Moves is < 1 or > RebalanceOrder.MaxMoves)
        {
            return new RebalanceOutcome.Refused(
                new CellAnswer.Refused(
                    RefusalKind.Invalid,
                    "invalid_moves",
                    $"{order.Moves} is not a number of moves.",
                    $"A rebalance makes 1 to {RebalanceOrder.MaxMoves} moves."
                )
            );
        }

        if (PlacementSight.Declared(draft.Pools.Find(order.Pool), order.Pool) is not { } pool)
        {
            return new RebalanceOutcome.Refused(
                new CellAnswer.Refused(
                    RefusalKind.NotFound,
                    "pool_unknown",
                    $"There is no pool {order.Pool}.",
                    "See the pools: orc get pools"
                )
            );
        }

        var sight = new RebalanceSight(draft, RebalanceConduct.Resting(draft, now));
        var ask = new RebalanceAsk(
            order.Goal,
            pool.Selector,
            order.Moves,
            EvensHosts: pool.Preference == PoolPreference.Spread
        );
        return new RebalanceOutcome.Planned(RebalancePlanner.Plan(draft.Fleet, ask, sight.Groups, sight.On));
    }
}
