using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>The rules of one spec that judge all hosts of a domain alike: about neighbours, then about spreading.</summary>
internal sealed class DomainRules
{
    public static readonly DomainRules None = new([], []);

    private readonly ImmutableArray<(NeighbourLink Link, DomainMap Domains)> _neighbours;
    private readonly ImmutableArray<SpreadState> _spreads;

    private DomainRules(
        ImmutableArray<(NeighbourLink Link, DomainMap Domains)> neighbours,
        ImmutableArray<SpreadState> spreads
    )
    {
        (_neighbours, _spreads) = (neighbours, spreads);
        Maps = [.. neighbours.Select(each => each.Domains), .. spreads.Select(spread => spread.Domains)];
    }

    /// <summary>By rule.</summary>
    public ImmutableArray<DomainMap> Maps { get; }

    public bool IsEmpty => Maps.IsEmpty;

    public ImmutableArray<SpreadState> Spreads => _spreads;

    public static DomainRules Of(PlacementSpec spec, HostColumns hosts)
    {
        var (links, spreads) = (spec.Neighbours.OnLabels, spec.Request.Rules.Spreads);
        return links.IsEmpty && spreads.IsEmpty
            ? None
            : new DomainRules(
                [.. links.Select(link => (link, new DomainMap(link.Label, hosts)))],
                [.. spreads.Select(rule => new SpreadState(rule, hosts, spec.Filter!.Closed))]
            );
    }

    /// <summary>By rule and domain: weighted points of one more instance, or the negative code of a refusal.</summary>
    public int[][] Judge(GroupCounts group, HostColumns hosts) =>
        [
            .. _neighbours.Select(each => each.Link.Judge(each.Domains, hosts)),
            .. _spreads.Select(spread => spread.Judge(group, hosts)),
        ];
}
