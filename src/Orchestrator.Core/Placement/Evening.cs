using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>First ends what is beyond spread rules, then takes from the fullest hosts for the emptiest.</summary>
internal sealed class Evening(RebalanceBoard board, ImmutableArray<RebalanceGroup> groups, bool evensHosts)
{
    /// <summary>Thousandths that a target must stay below its source: less is not worth a restart.</summary>
    public const int LeastGain = 50;

    private readonly Dictionary<int, int> _queuedAs = [];

    public RebalanceEnd Run()
    {
        int before;
        do
        {
            before = board.MoveCount;
            foreach (var group in groups.Where(each => !each.IsEverywhere && !each.Request.Rules.Spreads.IsEmpty))
            {
                while (CanGoOn && Unskew(group))
                {
                    // One move each.
                }
            }

            if (evensHosts)
            {
                EvenOut();
            }

            board.EndWave(); // The room that was left lets others in.
        } while (CanGoOn && board.MoveCount > before);

        return (board.HasTries, board.Left) switch
        {
            (false, _) => RebalanceEnd.Search,
            (_, 0) => RebalanceEnd.Budget,
            _ => RebalanceEnd.NothingBetter,
        };
    }

    private bool CanGoOn => board is { HasTries: true, Left: > 0 };

    private bool Unskew(RebalanceGroup group)
    {
        if (board.WorstDomain(group) is not var (rule, domain))
        {
            return false;
        }

        var own = board.Own;
        var sources = board
            .SlotsOf(group.Group)
            .ToArray()
            .Where(slot => rule.Domains[slot] == domain && own.BinarySearch(slot) >= 0)
            .OrderByDescending(board.FullnessOf)
            .ThenBy(slot => slot);
        var why =
            $"{group.Group.Service}.{group.Group.Stage} has too many in {rule.Domains.Label} {rule.Domains.NameOf(domain)}";
        foreach (var from in sources)
        {
            // Those of a host are alike for this, so the first that may move speaks for all.
            var residents = board.ResidentsOn(from);
            var at = residents.FindIndex(each => each.Group == group.Group && each.Kind == ResidentKind.Movable);
            if (at >= 0 && Try(residents[at], from, why, IsLessSkewed))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsLessSkewed(in Resident resident, int from, int to) => board.GainOf(resident, from, to) > 0;

    private void EvenOut()
    {
        var queue = new SortedSet<(int Emptiness, int Slot)>();
        foreach (var slot in board.Own)
        {
            Enqueue(slot, queue);
        }

        while (CanGoOn && queue.Count > 0)
        {
            var fullest = queue.Min;
            queue.Remove(fullest);
            if (Relieve(fullest.Slot, queue))
            {
                Enqueue(fullest.Slot, queue);
            }
        }
    }

    /// <summary>Takes one away from a host, if there is a better place for any.</summary>
    private bool Relieve(int from, SortedSet<(int Emptiness, int Slot)> queue)
    {
        if (queue.Count == 0 || board.FullnessOf(from) + queue.Max.Emptiness < LeastGain)
        {
            return false;
        }

        var why = $"{board.Hosts[from].Id} is the fullest";
        var tried = new HashSet<PlacementRequest>(ReferenceEqualityComparer.Instance);
        foreach (var resident in Largest.First(board.ResidentsOn(from)))
        {
            var isNew = resident.Kind == ResidentKind.Movable && tried.Add(resident.Request);
            if (isNew && CanGoOn && Try(resident, from, why, IsMoreEven))
            {
                Requeue(board.LastTarget, queue);
                return true;
            }
        }

        return false;
    }

    private void Requeue(int slot, SortedSet<(int Emptiness, int Slot)> queue)
    {
        if (_queuedAs.TryGetValue(slot, out var emptiness) && queue.Remove((emptiness, slot)))
        {
            Enqueue(slot, queue);
        }
    }

    private void Enqueue(int slot, SortedSet<(int Emptiness, int Slot)> queue)
    {
        _queuedAs[slot] = -board.FullnessOf(slot);
        queue.Add((_queuedAs[slot], slot));
    }

    /// <summary>Squares sum to less, no host becomes as full as this one was, and none gets more of the group than this one had.</summary>
    private bool IsMoreEven(in Resident resident, int from, int to)
    {
        var (source, target) = ((long)board.FullnessOf(from), (long)board.FullnessOf(to));
        var less = (long)board.FullnessWith(from, default(Resources) - resident.Holding);
        var more = (long)board.FullnessWith(to, resident.Holding);
        return more + LeastGain <= source
            && (less * less) + (more * more) < (source * source) + (target * target)
            && board.CountOn(to, resident.Group) < board.CountOn(from, resident.Group);
    }

    private bool Try(in Resident resident, int from, string why, Claim isBetter)
    {
        board.Block(from);
        var to = board.FindTarget(resident, from);
        board.Unblock(from);
        if (to < 0 || !isBetter(resident, from, to))
        {
            return false;
        }

        board.Move(resident, from, to, why);
        return true;
    }

    private delegate bool Claim(in Resident resident, int from, int to);
}
