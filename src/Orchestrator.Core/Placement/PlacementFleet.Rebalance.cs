namespace Orchestrator.Core.Placement;

/// <content>What whoever rebalances looks at and tries, and takes back.</content>
public sealed partial class PlacementFleet
{
    internal HostColumns Columns => _hosts;

    internal GroupCounts CountsOf(PlacementGroup group) => GroupOf(group);

    /// <summary>Of the spec's group as it is, or with one instance moved between slots.</summary>
    internal (int Worst, long Excess) SkewOf(PlacementSpec spec, int from, int to)
    {
        var counts = GroupOf(spec.Group);
        var (worst, excess) = (0, 0L);
        foreach (var spread in Prepare(spec).Domains.Spreads)
        {
            var skew = spread.SkewOf(counts, _hosts, from, to);
            (worst, excess) = (Math.Max(worst, skew.Worst), excess + skew.Excess);
        }

        return (worst, excess);
    }

    /// <summary>The rule with the most beyond what it allows, and the domain with the most of it; null when all is well.</summary>
    internal (SpreadState Rule, int Domain)? WorstDomain(PlacementSpec spec)
    {
        var counts = GroupOf(spec.Group);
        (SpreadState Rule, int Domain)? worst = null;
        var most = 0;
        foreach (var spread in Prepare(spec).Domains.Spreads)
        {
            var (domain, excess) = spread.WorstDomain(counts, _hosts);
            if (excess > most)
            {
                (worst, most) = ((spread, domain), excess);
            }
        }

        return worst;
    }
}
