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
