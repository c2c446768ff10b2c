namespace Orchestrator.Core.Placement;

/// <summary>Scores hosts for a spec, all of them or those that changed. Lends the group's few counts a column for that time.</summary>
internal sealed class HostScan(HostColumns hosts)
{
    private int[] _ofGroup = [];
    private int[] _points = [];

    public void Insert(int slot)
    {
        Column.Insert(ref _ofGroup, slot, hosts.Count);
        Column.Insert(ref _points, slot, hosts.Count);
    }

    /// <summary>For whoever needs only the best, and how many were refused.</summary>
    /// <param name="refusals">By code.</param>
    public ScanResult Best(PlacementSpec spec, GroupCounts group, Span<int> refusals)
    {
        var points = _points.AsSpan(0, hosts.Count);
        var found = All(spec, group, points);
        if (spec.Extras is null && spec.Neighbours.OnHosts.IsEmpty)
        {
            spec.Filter!.CountInto(refusals);
            refusals[HostFilter.Code(RefusalReason.LacksCpu)] = found.LackCpu;
            refusals[HostFilter.Code(RefusalReason.LacksMemory)] = found.LackMemory;
            refusals[HostFilter.Code(RefusalReason.TooManyOnHost)] = found.TooMany;
            return found;
        }

        foreach (var value in points)
        {
            refusals[Math.Max(0, -value)]++;
        }

        refusals[HostFilter.Open] = 0;
        return found;
    }

    /// <param name="points">By slot; as long as there are hosts.</param>
    public ScanResult All(PlacementSpec spec, GroupCounts group, Span<int> points)
    {
        group.Fill(_ofGroup);
        var found = ScoreKernel.Scan(TermsOf(spec), points);
        group.Clear(_ofGroup);
        return found;
    }

    /// <summary>One host as it is now.</summary>
    public int PointsOf(PlacementSpec spec, GroupCounts group, int slot)
    {
        ref var lent = ref _ofGroup[slot];
        lent = group.On(slot);
        var points = ScoreKernel.PointsOf(TermsOf(spec), slot);
        lent = 0;
        return points;
    }

    public void CatchUp(PlacementSpec spec, GroupCounts group, ScoreBlocks blocks, ChangeLog changes)
    {
        var terms = TermsOf(spec);
        for (var at = blocks.Seen; at < changes.End; at++)
        {
            var slot = changes[at];
            _ofGroup[slot] = group.On(slot);
            blocks.Update(slot, ScoreKernel.PointsOf(terms, slot));
            _ofGroup[slot] = 0;
        }
    }

    /// <summary>Points by slot from either code.</summary>
    public (int[] Vectors, int[] Scalars) Both(PlacementSpec spec, GroupCounts group)
    {
        var (vectors, scalars) = (new int[hosts.Count], new int[hosts.Count]);
        All(spec, group, vectors);
        group.Fill(_ofGroup);
        ScoreKernel.ScanFrom(TermsOf(spec), scalars, start: 0, new ScanResult(-1, -1, 0, 0, 0, 0));
        group.Clear(_ofGroup);
        return (vectors, scalars);
    }

    private ScoreTerms TermsOf(PlacementSpec spec) =>
        new()
        {
            Hosts = hosts,
            Closed = spec.Filter!.Closed.AsSpan(0, hosts.Count),
            OfGroup = _ofGroup.AsSpan(0, hosts.Count),
            Affinity = spec.Affinity,
            Demand = spec.Request.Demand,
            Weights = spec.Request.Weights,
            MostPerHost = spec.Request.Rules.MostPerHost,
            Images = spec.Images.Points(hosts.Count),
            Neighbours = spec.Neighbours.OnHosts.IsEmpty ? null : spec.Neighbours,
            Extras = spec.Extras,
        };
}
