using System.Collections.Immutable;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Tests.Placement;

/// <summary>Who is placed, what runs where, and who must be apart from whom.</summary>
internal sealed record Surroundings(
    PlacementGroup Group,
    ImmutableArray<(HostId Host, PlacementGroup Group)> Running,
    ImmutableArray<(PlacementGroup Holder, NeighbourRule Rule)> Apart
)
{
    public static readonly Surroundings None = new(
        new PlacementGroup(ServiceName.Parse("shop"), StageName.Parse("prod")),
        [],
        []
    );
}

/// <summary>Rules about neighbours as one would write them down: everything counted from scratch, one host after the other.</summary>
internal static class NaiveNeighbours
{
    /// <summary>Rules about hosts come before rules about labels; of each, near, then apart, then what others must be apart from.</summary>
    public static RefusalReason? Refuse(
        PlacementRules rules,
        HostSnapshot host,
        IReadOnlyList<HostSnapshot> hosts,
        Surroundings around
    )
    {
        var near = rules.Near.Where(rule => rule.IsRequired).ToList();
        var apart = rules.Apart.Where(rule => rule.IsRequired).ToList();
        var ofOthers = around
            .Apart.Where(each => Group(each.Rule, each.Holder) == around.Group)
            .OrderBy(each => (each.Holder.Service.Value, each.Holder.Stage.Value, each.Rule.Label))
            .ToList();
        foreach (var isOnHost in new[] { true, false })
        {
            var reasons = near.Where(rule => IsOnHost(rule) == isOnHost)
                .Select(rule => RefuseNear(rule, host, hosts, around))
                .Concat(
                    apart
                        .Where(rule => IsOnHost(rule) == isOnHost && Beside(rule, Group(rule, around.Group)) > 0)
                        .Select(_ => (RefusalReason?)RefusalReason.TooNear)
                )
                .Concat(
                    ofOthers
                        .Where(each => IsOnHost(each.Rule) == isOnHost && Beside(each.Rule, each.Holder) > 0)
                        .Select(_ => (RefusalReason?)RefusalReason.KeptAway)
                )
                .OfType<RefusalReason>()
                .ToList();
            if (reasons.Count > 0)
            {
                return reasons[0];
            }
        }

        return null;

        int Beside(NeighbourRule rule, PlacementGroup other) => Count(rule, other, host, hosts, around);
    }

    /// <summary>Weighted.</summary>
    public static int Points(
        PlacementRules rules,
        HostSnapshot host,
        IReadOnlyList<HostSnapshot> hosts,
        Surroundings around
    )
    {
        var all = rules.Near.Concat(rules.Apart).Sum(rule => rule.Weight ?? 0);
        return rules
                .Near.Where(rule => !rule.IsRequired && Count(rule, Group(rule, around.Group), host, hosts, around) > 0)
                .Sum(Share)
            + rules
                .Apart.Where(rule => !rule.IsRequired)
                .Sum(rule => Share(rule) / (1 + Count(rule, Group(rule, around.Group), host, hosts, around)));

        int Share(NeighbourRule rule) =>
            PlacementWeights.NeighbourWeight * (PlacementFleet.MaxScore * (rule.Weight ?? 0) / all);
    }

    private static RefusalReason? RefuseNear(
        NeighbourRule rule,
        HostSnapshot host,
        IReadOnlyList<HostSnapshot> hosts,
        Surroundings around
    )
    {
        var other = Group(rule, around.Group);
        var isAnywhere = around.Running.Any(each => each.Group == other);
        return 0 switch
        {
            _ when !isAnywhere && other != around.Group => RefusalReason.AwaitsNeighbour,
            _ when !IsOnHost(rule) && !host.Host.Labels.ContainsKey(rule.Label) => RefusalReason.FarFromNeighbour,
            _ when isAnywhere && Count(rule, other, host, hosts, around) == 0 => RefusalReason.FarFromNeighbour,
            _ => null,
        };
    }

    private static int Count(
        NeighbourRule rule,
        PlacementGroup other,
        HostSnapshot host,
        IReadOnlyList<HostSnapshot> hosts,
        Surroundings around
    )
    {
        var place = hosts
            .Where(each =>
                IsOnHost(rule)
                    ? each.Host.Id == host.Host.Id
                    : host.Host.Labels.TryGetValue(rule.Label, out var value)
                        && each.Host.Labels.GetValueOrDefault(rule.Label) == value
            )
            .Select(each => each.Host.Id)
            .ToHashSet();
        return around.Running.Count(each => each.Group == other && place.Contains(each.Host));
    }

    private static bool IsOnHost(NeighbourRule rule) => rule.Label == NeighbourRule.OnHost;

    private static PlacementGroup Group(NeighbourRule rule, PlacementGroup holder) =>
        new(rule.Service, rule.Stage ?? holder.Stage);
}
