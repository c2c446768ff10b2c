using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Plans moves that make a pool better, each of them a placement by the usual rules beside what is there. The same fleet
/// gives the same plan, in whatever order hosts and groups came; and what was planned, once it is made, is not planned back.
/// </summary>
public static class RebalancePlanner
{
    /// <param name="fleet">Is afterwards as it was before.</param>
    /// <param name="groups">All with active instances.</param>
    /// <param name="residents">All that is on a host; asked only of hosts that are looked at.</param>
    public static RebalancePlan Plan(
        PlacementFleet fleet,
        RebalanceAsk ask,
        IReadOnlyList<RebalanceGroup> groups,
        Func<HostId, IReadOnlyList<Resident>> residents
    )
    {
        using var board = new RebalanceBoard(fleet, ask, groups, residents);
        var ordered = groups.OrderBy(each => each.Group.Service).ThenBy(each => each.Group.Stage).ToImmutableArray();
        var busy = BusyOf(fleet, ordered);
        var before = Measure(board, ordered, busy);
        var end =
            ask.Goal == RebalanceGoal.Pack
                ? new Packing(board, busy).Run()
                : new Evening(board, ordered, ask.EvensHosts).Run();
        return new RebalancePlan(board.Moves, before, Measure(board, ordered, BusyOf(fleet, ordered)), end);
    }

    /// <summary>By slot: active instances but those that are everywhere.</summary>
    private static int[] BusyOf(PlacementFleet fleet, ImmutableArray<RebalanceGroup> groups)
    {
        var busy = new int[fleet.HostCount];
        foreach (var group in groups.Where(each => !each.IsEverywhere))
        {
            fleet.CountsOf(group.Group).AddTo(busy);
        }

        return busy;
    }

    private static RebalanceFigures Measure(RebalanceBoard board, ImmutableArray<RebalanceGroup> groups, int[] busy)
    {
        var (used, sum, squares, fullest, emptiest) = (0, 0L, 0L, 0, int.MaxValue);
        foreach (var slot in board.Own)
        {
            var fullness = board.FullnessOf(slot);
            squares += (long)fullness * fullness;
            (fullest, emptiest) = (Math.Max(fullest, fullness), Math.Min(emptiest, fullness));
            if (busy[slot] > 0 || !board.IsEmpty(slot, board.ResidentsOn(slot)))
            {
                (used, sum) = (used + 1, sum + fullness);
            }
        }

        var skews = groups.Select(board.SkewOf).ToList();
        return new RebalanceFigures(
            board.Own.Length,
            used,
            used == 0 ? 0 : (int)(sum / used),
            fullest,
            board.Own.IsEmpty ? 0 : emptiest,
            skews.Select(skew => skew.Worst).DefaultIfEmpty().Max(),
            skews.Sum(skew => skew.Excess),
            squares
        );
    }
}
