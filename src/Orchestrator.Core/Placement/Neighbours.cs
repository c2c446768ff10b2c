using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>All rules about neighbours that bear on one spec: its own, and those of others that must be apart from it.</summary>
internal sealed class Neighbours
{
    public static readonly Neighbours None = new([]);

    private Neighbours(ImmutableArray<NeighbourLink> links)
    {
        All = links;
        OnHosts = [.. links.Where(link => link.IsOnHost)];
        OnLabels = [.. links.Where(link => !link.IsOnHost)];
    }

    public ImmutableArray<NeighbourLink> All { get; }

    /// <summary>About each host for itself: part of a host's points.</summary>
    public ImmutableArray<NeighbourLink> OnHosts { get; }

    /// <summary>About the domains of labels: judged for whole domains.</summary>
    public ImmutableArray<NeighbourLink> OnLabels { get; }

    /// <summary>
    /// Grows when something begins or ceases to run that hosts are judged by: then all hosts' points are others, and not
    /// only those of the host where it happened.
    /// </summary>
    public long Turns
    {
        get
        {
            var turns = 0L;
            foreach (var link in OnHosts)
            {
                turns += link.Kind == NeighbourKind.MustBeNear ? link.Counts.Turns : 0;
            }

            return turns;
        }
    }

    public static Neighbours Of(PlacementSpec spec, ApartRules others, Func<PlacementGroup, GroupCounts> countsOf)
    {
        var (near, apart) = (spec.Request.Rules.Near, spec.Request.Rules.Apart);
        var against = others.Against(spec.Group);
        if (near.IsEmpty && apart.IsEmpty && against.IsEmpty)
        {
            return None;
        }

        var all = near.Concat(apart).Sum(rule => rule.Weight ?? 0);
        var own = near.Select(rule => Link(rule, rule.IsRequired ? NeighbourKind.MustBeNear : NeighbourKind.LikesNear))
            .Concat(
                apart.Select(rule => Link(rule, rule.IsRequired ? NeighbourKind.MustBeApart : NeighbourKind.LikesApart))
            )
            .ToList();
        var theirs = against
            .Where(rule =>
                !own.Exists(link =>
                    link.Kind == NeighbourKind.MustBeApart && link.Other == rule.Holder && link.Label == rule.Label
                )
            )
            .Select(rule => new NeighbourLink(
                NeighbourKind.KeptAway,
                rule.Holder,
                countsOf(rule.Holder),
                rule.Label,
                rule.Holder == spec.Group,
                Points: 0
            ));
        return new Neighbours([.. own, .. theirs]);

        NeighbourLink Link(NeighbourRule rule, NeighbourKind kind)
        {
            var other = new PlacementGroup(rule.Service, rule.Stage ?? spec.Group.Stage);
            var points =
                PlacementWeights.NeighbourWeight * (PlacementFleet.MaxScore * (rule.Weight ?? 0) / Math.Max(1, all));
            return new NeighbourLink(kind, other, countsOf(other), rule.Label, other == spec.Group, points);
        }
    }

    /// <summary>What the rules about the host itself add to its points, or the negative code of the first that refuses it.</summary>
    public int Judge(int slot)
    {
        var points = 0;
        foreach (var link in OnHosts)
        {
            var judged = link.Judge(link.Counts.On(slot), isPlace: true);
            if (judged < 0)
            {
                return judged;
            }

            points += judged;
        }

        return points;
    }

    /// <summary>Every objection to a host, as sentences.</summary>
    public IEnumerable<string> ObjectionsTo(HostColumns hosts, int slot) =>
        All.Select(link => link.ObjectionTo(hosts, slot)).Where(objection => objection.Length > 0);
}

/// <summary>Who must be apart from whom, so that it holds both ways.</summary>
internal sealed class ApartRules
{
    private readonly Dictionary<PlacementGroup, ImmutableArray<(PlacementGroup Other, string Label)>> _of = [];
    private readonly Dictionary<PlacementGroup, ImmutableArray<(PlacementGroup Holder, string Label)>> _against = [];

    /// <summary>Whether that is new.</summary>
    public bool Set(PlacementGroup holder, IEnumerable<NeighbourRule> rules)
    {
        var before = _of.GetValueOrDefault(holder, []);
        ImmutableArray<(PlacementGroup Other, string Label)> now =
        [
            .. rules
                .Where(rule => rule.IsRequired)
                .Select(rule => (new PlacementGroup(rule.Service, rule.Stage ?? holder.Stage), rule.Label))
                .Distinct()
                .OrderBy(rule => rule.Item1.Service.Value, StringComparer.Ordinal)
                .ThenBy(rule => rule.Item1.Stage.Value, StringComparer.Ordinal)
                .ThenBy(rule => rule.Label, StringComparer.Ordinal),
        ];
        if (before.SequenceEqual(now))
        {
            return false;
        }

        foreach (var (other, _) in before)
        {
            _against[other] = _against[other].RemoveAll(rule => rule.Holder == holder);
        }

        foreach (var (other, label) in now)
        {
            _against[other] =
            [
                .. _against
                    .GetValueOrDefault(other, [])
                    .Add((holder, label))
                    .OrderBy(rule => rule.Holder.Service.Value, StringComparer.Ordinal)
                    .ThenBy(rule => rule.Holder.Stage.Value, StringComparer.Ordinal)
                    .ThenBy(rule => rule.Label, StringComparer.Ordinal),
            ];
        }

        _of[holder] = now;
        return true;
    }

    /// <summary>By holder, then by label.</summary>
    public ImmutableArray<(PlacementGroup Holder, string Label)> Against(PlacementGroup group) =>
        _against.Count == 0 ? [] : _against.GetValueOrDefault(group, []);
}
