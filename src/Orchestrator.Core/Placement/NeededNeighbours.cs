namespace Orchestrator.Core.Placement;

/// <summary>Who must be near whom, seen from those who are needed: the last of them does not leave who needs it.</summary>
internal sealed class NeededNeighbours
{
    private readonly Dictionary<PlacementGroup, List<(PlacementGroup By, string Label)>> _needed = [];

    public NeededNeighbours(IReadOnlyList<RebalanceGroup> groups)
    {
        foreach (var (holder, request, _) in groups)
        {
            foreach (var rule in request.Rules.Near.Where(rule => rule.IsRequired))
            {
                var other = new PlacementGroup(rule.Service, rule.Stage ?? holder.Stage);
                if (!_needed.TryGetValue(other, out var by))
                {
                    _needed[other] = by = [];
                }

                by.Add((holder, rule.Label));
            }
        }
    }

    /// <summary>Whether one of the group may go elsewhere.</summary>
    public bool MayLeave(PlacementFleet fleet, PlacementGroup group, int from, int to) =>
        !_needed.TryGetValue(group, out var needed)
        || needed.TrueForAll(rule => MayLeave(fleet, group, rule, from, to));

    private static bool MayLeave(
        PlacementFleet fleet,
        PlacementGroup group,
        (PlacementGroup By, string Label) rule,
        int from,
        int to
    )
    {
        var (counts, by) = (fleet.CountsOf(group), fleet.CountsOf(rule.By));
        if (string.Equals(rule.Label, NeighbourRule.OnHost, StringComparison.Ordinal))
        {
            return counts.On(from) > 1 || by.On(from) == 0;
        }

        var hosts = fleet.Columns;
        return !hosts[from].Labels.TryGetValue(rule.Label, out var place)
            || string.Equals(hosts[to].Labels.GetValueOrDefault(rule.Label), place, StringComparison.Ordinal)
            || counts.By(rule.Label, hosts).GetValueOrDefault(place) > 1
            || by.By(rule.Label, hosts).GetValueOrDefault(place) == 0;
    }
}
