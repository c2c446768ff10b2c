namespace Orchestrator.Core.Placement;

/// <summary>
/// Whom to stop on one host: the lowest highest priority, then the fewest, then the lowest sum of priorities, then the first in
/// order. Exact within <see cref="MaxTries"/> steps; a host with more to choose from may lose one more than it must, or
/// be passed over where floors leave no choice but a few.
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

    private const int MaxOnStack = 128;

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
        if (trial.Fits)
        {
            return [];
        }

        var lack = trial.Lack;
        var least = LeastOf(candidates, lack);
        if (least > candidates.Count)
        {
            return null;
        }

        var enough = TakeInOrder(least);
        var suffices = trial.Fits;
        if (!suffices && Spared.Count == 0)
        {
            return null;
        }

        if (suffices && IsLeast(enough, lack))
        {
            return enough;
        }

        if (suffices)
        {
            Prune(enough);
        }

        enough.ForEach(each => trial.Occupy(each.Holding));
        Search(enough, suffices, lack);
        var victims = _best ?? enough;
        foreach (var victim in victims)
        {
            trial.Free(victim.Holding);
        }

        return suffices || _best is not null ? victims : null;
    }

    /// <summary>
    /// Where nobody was spared, no lower highest priority suffices. Else others of a spared one's service might, with the lowest
    /// highest priority first.
    /// </summary>
    private void Search(List<Occupant> enough, bool suffices, Resources lack)
    {
        var highest = suffices ? enough.Max(each => each.Priority) : int.MaxValue;
        var limits =
            Spared.Count == 0
                ? [highest]
                : candidates.Select(each => each.Priority).Where(each => each <= highest).Distinct();
        foreach (var limit in limits)
        {
            _pool = UpTo(limit);
            var most = limit == highest ? enough.Count : _pool.Count;
            for (var size = LeastOf(_pool, lack); size <= most && _best is null; size++)
            {
                _bestSum = long.MaxValue;
                Try(from: 0, size);
            }

            if (_best is not null)
            {
                return;
            }
        }
    }

    /// <summary>No others are fewer, or have a lower highest priority or a lower sum.</summary>
    private bool IsLeast(List<Occupant> victims, Resources lack) =>
        IsFirstInOrder(victims) && LeastOf(UpTo(victims[^1].Priority), lack) == victims.Count;

    private bool IsFirstInOrder(List<Occupant> victims)
    {
        var same = 0;
        while (same < victims.Count && ReferenceEquals(victims[same], candidates[same]))
        {
            same++;
        }

        return same == victims.Count;
    }

    private IReadOnlyList<Occupant> UpTo(int priority) =>
        candidates[^1].Priority <= priority ? candidates : [.. candidates.TakeWhile(each => each.Priority <= priority)];

    /// <param name="least">Fewer do not suffice, so nobody needs to try.</param>
    private List<Occupant> TakeInOrder(int least)
    {
        var taken = new List<Occupant>();
        foreach (var candidate in candidates.TakeWhile(_ => taken.Count < least || !trial.Fits))
        {
            if (!MayLose(candidate, taken))
            {
                Spared.Add(candidate);
                continue;
            }

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
            if (!MayLose(_pool[at], _set))
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
        trial.Free(victim.Holding);
        _set.Add(victim);
    }

    private void RemoveLast()
    {
        var victim = _set[^1];
        _set.RemoveAt(_set.Count - 1);
        trial.Occupy(victim.Holding);
    }

    private bool MayLose(Occupant each, List<Occupant> lost) =>
        !each.IsReady || lost.Count(other => other.IsReady && other.Group == each.Group) < spare(each.Group);

    /// <summary>Fewer never suffice: of each resource, the largest holdings first. More than there are where all do not suffice.</summary>
    private static int LeastOf(IReadOnlyList<Occupant> pool, Resources lack)
    {
        var least = Count(pool, lack.CpuMillicores, each => each.Holding.CpuMillicores);
        least = Math.Max(least, Count(pool, lack.MemoryMebibytes, each => each.Holding.MemoryMebibytes));
        return Math.Max(1, Math.Max(least, Count(pool, lack.DiskMebibytes, each => each.Holding.DiskMebibytes)));
    }

    private static int Count(IReadOnlyList<Occupant> pool, long lack, Func<Occupant, int> of)
    {
        if (lack <= 0)
        {
            return 0;
        }

        Span<int> holdings = pool.Count <= MaxOnStack ? stackalloc int[pool.Count] : new int[pool.Count];
        for (var index = 0; index < holdings.Length; index++)
        {
            holdings[index] = of(pool[index]);
        }

        holdings.Sort();
        var count = 0;
        while (count < holdings.Length && lack > 0)
        {
            count++;
            lack -= holdings[^count];
        }

        return lack > 0 ? holdings.Length + 1 : count;
    }
}
