using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>Empties the emptiest hosts into the fullest that have room; a host that cannot be emptied altogether stays as it is.</summary>
internal sealed class Packing(RebalanceBoard board, int[] busy)
{
    private bool _isOverBudget;

    public RebalanceEnd Run()
    {
        foreach (var slot in board.Own)
        {
            if (busy[slot] == 0 && board.IsEmpty(slot, board.ResidentsOn(slot)))
            {
                board.Block(slot); // Using it would be no gain.
            }
        }

        var emptied = new HashSet<int>();
        while (Pass(emptied))
        {
            // What failed may work once another host is emptied: rules about neighbours and spread then say something else.
        }

        return (board.HasTries, _isOverBudget) switch
        {
            (false, _) => RebalanceEnd.Search,
            (_, true) => RebalanceEnd.Budget,
            _ => RebalanceEnd.NothingBetter,
        };
    }

    private bool Pass(HashSet<int> emptied)
    {
        var before = emptied.Count;
        _isOverBudget = false;
        ImmutableArray<int> candidates =
        [
            .. board
                .Own.Where(slot => busy[slot] > 0 && !emptied.Contains(slot))
                .OrderBy(board.FullnessOf)
                .ThenBy(slot => busy[slot])
                .ThenBy(slot => slot),
        ];
        foreach (var slot in candidates)
        {
            if (board.HasTries && TryEmpty(slot))
            {
                emptied.Add(slot);
            }
        }

        return emptied.Count > before && board.HasTries;
    }

    private bool TryEmpty(int slot)
    {
        if (busy[slot] > board.Left)
        {
            _isOverBudget = true;
            return false;
        }

        var residents = board.ResidentsOn(slot);
        if (residents.Exists(each => each.Kind == ResidentKind.Bound) || !board.IsAllOf(slot, residents))
        {
            return false;
        }

        var (start, why) = (board.MoveCount, $"empties {board.Hosts[slot].Id}");
        board.Block(slot);
        foreach (var resident in Largest.First(residents.Where(each => each.Kind == ResidentKind.Movable)))
        {
            var to = board.HasTries ? board.FindTarget(resident, slot) : -1;
            if (to < 0)
            {
                board.Undo(start);
                board.Unblock(slot);
                return false;
            }

            board.Move(resident, slot, to, why);
        }

        return true;
    }
}

internal static class Largest
{
    /// <summary>Then by id: what is hard to place goes first.</summary>
    public static IEnumerable<Resident> First(IEnumerable<Resident> residents) =>
        residents
            .OrderByDescending(each => each.Holding.Counts.Length)
            .ThenByDescending(each => (long)each.Holding.CpuMillicores + each.Holding.MemoryMebibytes)
            .ThenBy(each => each.Id);
}
