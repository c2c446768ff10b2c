using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Looks, over all hosts, for the room that instances of strictly lower priority would leave. The best host has the lowest
/// highest priority of victims, then the fewest, then the lowest sum of priorities, then the most points, then the lowest id.
/// Remembers every host's answer: whoever takes victims says so, and only what that changes is looked at again.
/// </summary>
public sealed class PreemptionSearch
{
    private readonly PlacementFleet _fleet;
    private readonly PlacementSpec _spec;
    private readonly int _priority;
    private readonly Func<HostId, IReadOnlyList<Occupant>> _occupants;
    private readonly Func<PlacementGroup, int> _spare;
    private readonly SortedSet<Rank> _ranks = [];
    private readonly Dictionary<HostId, Answer> _answers = [];
    private readonly Dictionary<PlacementGroup, Presence> _presences = [];

    /// <param name="priority">Of what is to be placed.</param>
    /// <param name="occupants">All that is on a host.</param>
    /// <param name="spare">How many ready instances a group may lose, now; not above 0 when none.</param>
    public PreemptionSearch(
        PlacementFleet fleet,
        PlacementSpec spec,
        int priority,
        Func<HostId, IReadOnlyList<Occupant>> occupants,
        Func<PlacementGroup, int> spare
    )
    {
        (_fleet, _spec, _priority, _occupants, _spare) = (fleet, spec, priority, occupants, spare);
        foreach (var host in fleet.HostsOpenTo(spec))
        {
            Look(host);
        }
    }

    /// <summary>Null when no host can be freed.</summary>
    public Preemption? Best() => _ranks.Count == 0 ? null : _answers[_ranks.Min.Host].Found;

    /// <summary>Hosts that could be freed only below the floor of a group, by the first such group.</summary>
    public ImmutableSortedDictionary<string, int> BelowFloor() =>
        _answers
            .Values.Where(answer => answer.Floor is not null)
            .GroupBy(answer => $"{answer.Floor!.Value.Service}.{answer.Floor.Value.Stage}", StringComparer.Ordinal)
            .ToImmutableSortedDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);

    /// <summary>The victims were told to leave, or the room was taken: looks again at the host, and at all hosts of groups
    /// that have few instances to spare now. A spec with rules over domains looks at every host.</summary>
    public void Took(Preemption taken)
    {
        var stale = new SortedSet<HostId> { taken.Host };
        foreach (var group in taken.Victims.Select(victim => victim.Group).Distinct())
        {
            var presence = _presences[group];
            if (_spare(group) < presence.MostOnHost)
            {
                stale.UnionWith(presence.Hosts);
            }
        }

        if (!_spec.Domains.IsEmpty)
        {
            stale.UnionWith(_answers.Keys);
        }

        foreach (var host in stale)
        {
            Look(host);
        }
    }

    private void Look(HostId host)
    {
        if (_answers.TryGetValue(host, out var before) && before.Rank is { } old)
        {
            _ranks.Remove(old);
        }

        var answer = Try(host);
        _answers[host] = answer;
        if (answer.Rank is { } rank)
        {
            _ranks.Add(rank);
        }
    }

    private Answer Try(HostId host)
    {
        using var trial = new PreemptionTrial(_fleet, _spec, host);
        var candidates = new List<Occupant>();
        foreach (var each in _occupants(host))
        {
            if (each.IsLeaving)
            {
                trial.Free(each.Holding);
            }
            else if (each.Priority < _priority)
            {
                candidates.Add(each);
            }
        }

        candidates.Sort(InOrder);
        Note(host, candidates);
        var choice = new VictimChoice(candidates, _spare, trial);
        return choice.Find() is { } victims
            ? new Answer(new Preemption(host, [.. victims], trial.Points), Floor: null)
            : new Answer(Found: null, FloorInTheWay(choice.Spared, trial));
    }

    private static PlacementGroup? FloorInTheWay(List<Occupant> spared, PreemptionTrial trial)
    {
        spared.ForEach(each => trial.Free(each.Holding));
        return spared.Count > 0 && trial.Fits ? spared[0].Group : null;
    }

    private void Note(HostId host, List<Occupant> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (!_presences.TryGetValue(candidate.Group, out var presence))
            {
                _presences[candidate.Group] = presence = new Presence();
            }

            presence.See(host);
        }
    }

    private static int InOrder(Occupant left, Occupant right)
    {
        var order = left.Priority.CompareTo(right.Priority);
        order = order != 0 ? order : right.PlacedAt.CompareTo(left.PlacedAt);
        return order != 0 ? order : right.Id.CompareTo(left.Id);
    }

    private sealed record Answer(Preemption? Found, PlacementGroup? Floor)
    {
        public Rank? Rank { get; } = Found is null ? null : PreemptionSearch.Rank.Of(Found);
    }

    /// <summary>Where a group has instances that may be taken.</summary>
    private sealed class Presence
    {
        private HostId? _last;
        private int _onLast;

        public HashSet<HostId> Hosts { get; } = [];

        public int MostOnHost { get; private set; }

        /// <summary>One instance; all of a host come together.</summary>
        public void See(HostId host)
        {
            if (host != _last)
            {
                (_last, _onLast) = (host, 0);
                Hosts.Add(host);
            }

            MostOnHost = Math.Max(MostOnHost, ++_onLast);
        }
    }

    private readonly record struct Rank(int Highest, int Count, long Sum, int Score, HostId Host) : IComparable<Rank>
    {
        public static Rank Of(Preemption found) =>
            new(
                found.HighestPriority,
                found.Victims.Length,
                found.Victims.Sum(victim => (long)victim.Priority),
                found.Score,
                found.Host
            );

        public int CompareTo(Rank other)
        {
            var order = (Highest, Count, Sum).CompareTo((other.Highest, other.Count, other.Sum));
            order = order != 0 ? order : other.Score.CompareTo(Score);
            return order != 0 ? order : Host.CompareTo(other.Host);
        }
    }
}
