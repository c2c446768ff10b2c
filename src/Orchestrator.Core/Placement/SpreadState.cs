namespace Orchestrator.Core.Placement;

/// <summary>
/// One spread rule over the hosts as they are: which domain each is in, and what one more instance in a domain is worth.
/// </summary>
internal sealed class SpreadState
{
    private readonly SpreadRule _rule;
    private readonly int[] _admittedHosts;

    public SpreadState(SpreadRule rule, HostColumns hosts, ReadOnlySpan<int> closed)
    {
        _rule = rule;
        Domains = new DomainMap(rule.Label, hosts);
        _admittedHosts = new int[Domains.Count];
        for (var slot = 0; slot < hosts.Count; slot++)
        {
            _admittedHosts[Domains[slot]] += closed[slot] == HostFilter.Open ? 1 : 0;
        }
    }

    public DomainMap Domains { get; }

    /// <summary>Weighted points of one more instance in each domain, or the negative code of a refusal.</summary>
    public int[] Judge(GroupCounts group, HostColumns hosts)
    {
        var counts = group.By(_rule.Label, hosts);
        var least = int.MaxValue;
        for (var domain = 1; domain < Domains.Count; domain++)
        {
            if (_admittedHosts[domain] > 0)
            {
                least = Math.Min(least, counts.GetValueOrDefault(Domains.NameOf(domain)));
            }
        }

        var judged = new int[Domains.Count];
        judged[DomainMap.None] = _rule.IsHard ? -HostFilter.Code(RefusalReason.BreaksSpread) : 0;
        for (var domain = 1; domain < Domains.Count; domain++)
        {
            var count = counts.GetValueOrDefault(Domains.NameOf(domain));
            judged[domain] = Judge(count, count + 1 - Share(Domains.NameOf(domain), group.Total + 1, least));
        }

        return judged;
    }

    /// <summary>How uneven the group is, if one of it were on another slot; alike for equal slots.</summary>
    /// <returns>The most above the least or the target, and all that is above what the rule allows.</returns>
    public (int Worst, long Excess) SkewOf(GroupCounts group, HostColumns hosts, int from, int to)
    {
        var counts = CountsWith(group, hosts, from, to);
        var least = LeastOf(counts);
        var (worst, excess) = (0, 0L);
        for (var domain = 1; domain < counts.Length; domain++)
        {
            var above = counts[domain] - Share(Domains.NameOf(domain), group.Total, least);
            worst = Math.Max(worst, above);
            excess += Math.Max(0, above - _rule.MaxSkew);
        }

        return (worst, excess);
    }

    /// <summary>The domain with the most beyond what the rule allows, the first of equals; 0 beyond when none has.</summary>
    public (int Domain, int Beyond) WorstDomain(GroupCounts group, HostColumns hosts)
    {
        var counts = CountsWith(group, hosts, from: 0, to: 0);
        var least = LeastOf(counts);
        var (worst, most) = (DomainMap.None, 0);
        for (var domain = 1; domain < counts.Length; domain++)
        {
            var beyond = counts[domain] - Share(Domains.NameOf(domain), group.Total, least) - _rule.MaxSkew;
            if (beyond > most)
            {
                (worst, most) = (domain, beyond);
            }
        }

        return (worst, most);
    }

    private int[] CountsWith(GroupCounts group, HostColumns hosts, int from, int to)
    {
        var (counts, byName) = (new int[Domains.Count], group.By(_rule.Label, hosts));
        for (var domain = 1; domain < counts.Length; domain++)
        {
            counts[domain] = byName.GetValueOrDefault(Domains.NameOf(domain));
        }

        if (from != to)
        {
            counts[Domains[from]]--;
            counts[Domains[to]]++;
        }

        return counts;
    }

    private int LeastOf(ReadOnlySpan<int> counts)
    {
        var least = int.MaxValue;
        for (var domain = 1; domain < counts.Length; domain++)
        {
            least = _admittedHosts[domain] > 0 ? Math.Min(least, counts[domain]) : least;
        }

        return least == int.MaxValue ? 0 : least;
    }

    /// <param name="excess">Of one more instance, over the least or over the target.</param>
    private int Judge(int count, int excess) =>
        (count, excess) switch
        {
            _ when count >= _rule.MostPerDomain => -HostFilter.Code(RefusalReason.TooManyInDomain),
            _ when _rule.IsHard && excess > _rule.MaxSkew => -HostFilter.Code(RefusalReason.BreaksSpread),
            _ => PlacementWeights.DomainWeight * (PlacementFleet.MaxScore / Math.Max(1, excess)),
        };

    /// <summary>How many a domain may have before one more is an excess; with targets its share of all, rounded down.</summary>
    private int Share(string domain, int total, int least)
    {
        const int percents = 100;
        return _rule.TargetPercents.IsEmpty
            ? least
            : (int)((long)_rule.TargetPercents.GetValueOrDefault(domain) * total / percents);
    }
}
