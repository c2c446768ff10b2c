using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>
/// One spread rule over the hosts as they are: which domain each is in, and what one more instance in a domain is worth.
/// </summary>
internal sealed class SpreadState
{
    /// <summary>Of a host without the label.</summary>
    public const int NoDomain = 0;

    private readonly SpreadRule _rule;
    private readonly ImmutableArray<string> _domains;
    private readonly int[] _domainOf;
    private readonly int[] _admittedHosts;

    public SpreadState(SpreadRule rule, HostColumns hosts, ReadOnlySpan<int> closed)
    {
        _rule = rule;
        var values = new SortedSet<string>(StringComparer.Ordinal);
        for (var slot = 0; slot < hosts.Count; slot++)
        {
            if (hosts[slot].Labels.TryGetValue(rule.Label, out var value))
            {
                values.Add(value);
            }
        }

        _domains = [.. values];
        _domainOf = new int[hosts.Count];
        _admittedHosts = new int[_domains.Length + 1];
        for (var slot = 0; slot < hosts.Count; slot++)
        {
            var value = hosts[slot].Labels.GetValueOrDefault(rule.Label);
            _domainOf[slot] = value is null ? NoDomain : _domains.BinarySearch(value, StringComparer.Ordinal) + 1;
            _admittedHosts[_domainOf[slot]] += closed[slot] == HostFilter.Open ? 1 : 0;
        }
    }

    public int Domains => _domains.Length + 1;

    public int DomainOf(int slot) => _domainOf[slot];

    /// <summary>Points of one more instance in each domain, 0 to <see cref="PlacementFleet.MaxScore"/>, or the negative
    /// code of a refusal.</summary>
    public int[] Judge(GroupCounts group, HostColumns hosts)
    {
        var counts = group.By(_rule.Label, hosts);
        var least = int.MaxValue;
        for (var domain = 1; domain < Domains; domain++)
        {
            if (_admittedHosts[domain] > 0)
            {
                least = Math.Min(least, counts.GetValueOrDefault(_domains[domain - 1]));
            }
        }

        var judged = new int[Domains];
        judged[NoDomain] = _rule.IsHard ? -HostFilter.Code(RefusalReason.BreaksSpread) : 0;
        for (var domain = 1; domain < Domains; domain++)
        {
            var count = counts.GetValueOrDefault(_domains[domain - 1]);
            judged[domain] = Judge(count, count + 1 - Share(_domains[domain - 1], group.Total + 1, least));
        }

        return judged;
    }

    /// <param name="excess">Of one more instance, over the least or over the target.</param>
    private int Judge(int count, int excess) =>
        (count, excess) switch
        {
            _ when count >= _rule.MostPerDomain => -HostFilter.Code(RefusalReason.TooManyInDomain),
            _ when _rule.IsHard && excess > _rule.MaxSkew => -HostFilter.Code(RefusalReason.BreaksSpread),
            _ => PlacementFleet.MaxScore / Math.Max(1, excess),
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
