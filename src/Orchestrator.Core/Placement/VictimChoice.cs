namespace Orchestrator.Core.Placement;

/// <summary>
/// Whom to stop on one host: the lowest highest priority, then the fewest, then the lowest sum of priorities, then the first in
/// order. Exact within <see cref="MaxTries"/> steps; a host with more to choose from may lose one more than it must.
/// </summary>
/// <param name="candidates">Lowest priority first, then newest.</param>
/// <param name="spare">How many ready instances a group may lose.</param>
internal sealed class VictimChoice(
    IReadOnlyList<Occupant> candidates,
    Func<PlacementGroup, int> spare,
    PreemptionTrial trial
)
{
    /// <summary>Steps of the search on one host: enough for all sets of eight, and little enough for a fleet of thousands.</summary>
    private const int MaxTries = 256;

    private readonly Dictionary<PlacementGroup, int> _lost = [];
    private readonly List<Occupant> _set = [];
    private IReadOnlyList<Occupant> _pool = [];
    private List<Occupant>? _best;
    private long _bestSum;
    private int _tries;

    /// <summary>Who was passed over for the floor of its service.</summary>
    public List<Occupant> Spared { get; } = [];

    /// <summary>The trial holds the room that they leave; null, and that of all who may be stopped, if it does not suffice.</summary>
    public IReadOnlyList<Occupant>? Find()
    {
        var enough = TakeInOrder();
        if (!trial.Fits)
        {
            return null;
        }

        Prune(enough);
        enough.ForEach(each => trial.Occupy(each.Holding));
        var highest = enough.Select(each => each.Priority).DefaultIfEmpty(-1).Max();
        _pool = [.. candidates.TakeWhile(each => each.Priority <= highest)];
        _lost.Clear();
        for (var size = trial.Fits ? 0 : LeastOf(_pool); size <= enough.Count && _best is null; size++)
        {
            _bestSum = long.MaxValue;
            Try(from: 0, size);
        }

        var victims = _best ?? enough;
        foreach (var victim in victims)
        {
            trial.Free(victim.Holding);
        }

        return victims;
    }

    private List<Occupant> TakeInOrder()
    {
        var taken = new List<Occupant>();
        foreach (var candidate in candidates.TakeWhile(_ => !trial.Fits))
        {
            if (!MayLose(candidate))
            {
                Spared.Add(candidate);
                continue;
            }

            Lose(candidate, more: 1);
            taken.Add(candidate);
            trial.Free(candidate.Holding);
        }

        return taken;
    }

    /// <summary>Spares, highest priority and oldest first, whoever is not needed after all.</summary>
    private void Prune(List<Occupant> victims)
    {
        for (var index = victims.Count - 1; index >= 0; index--)
        {
            trial.Occupy(victims[index].Holding);
            if (trial.Fits)
            {
                victims.RemoveAt(index);
            }
            else
            {
                trial.Free(victims[index].Holding);
            }
        }
    }

    /// <summary>All sets with so many more, in order, until none can have a lower sum.</summary>
    private void Try(int from, int more)
    {
        if (more == 0)
        {
            var sum = _set.Sum(each => (long)each.Priority);
            if (sum < _bestSum && trial.Fits)
            {
                (_best, _bestSum) = ([.. _set], sum);
            }

            return;
        }

        for (var at = from; at <= _pool.Count - more && _tries < MaxTries && CanBeLower(at, more); at++)
        {
            if (!MayLose(_pool[at]))
            {
                continue;
            }

            Add(_pool[at]);
            Try(at + 1, more - 1);
            RemoveLast();
        }
    }

    /// <summary>Those in order from here on have the lowest priorities that there are.</summary>
    private bool CanBeLower(int from, int more) =>
        _best is null
        || _set.Sum(each => (long)each.Priority) + _pool.Skip(from).Take(more).Sum(each => (long)each.Priority)
            < _bestSum;

    private void Add(Occupant victim)
    {
        _tries++;
        Lose(victim, more: 1);
        trial.Free(victim.Holding);
        _set.Add(victim);
    }

    private void RemoveLast()
    {
        var victim = _set[^1];
        _set.RemoveAt(_set.Count - 1);
        trial.Occupy(victim.Holding);
        Lose(victim, more: -1);
    }

    private bool MayLose(Occupant each) => !each.IsReady || _lost.GetValueOrDefault(each.Group) < spare(each.Group);

    private void Lose(Occupant each, int more)
    {
        if (each.IsReady)
        {
            _lost[each.Group] = _lost.GetValueOrDefault(each.Group) + more;
        }
    }

    /// <summary>Fewer never suffice: of each resource, the largest holdings first.</summary>
    private int LeastOf(IReadOnlyList<Occupant> pool)
    {
        var lack = trial.Lack;
        var least = Count(pool, lack.CpuMillicores, each => each.Holding.CpuMillicores);
        least = Math.Max(least, Count(pool, lack.MemoryMebibytes, each => each.Holding.MemoryMebibytes));
        return Math.Max(1, Math.Max(least, Count(pool, lack.DiskMebibytes, each => each.Holding.DiskMebibytes)));
    }

    private static int Count(IReadOnlyList<Occupant> pool, long lack, Func<Occupant, int> of)
    {
        var count = 0;
        foreach (var holding in pool.Select(of).OrderDescending().TakeWhile(_ => lack > 0))
        {
            lack -= holding;
            count++;
        }

        return count;
    }
}
