using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>Instances are exchanged domain by domain, such as zone by zone: what one power cut takes, one mistake may take.</summary>
/// <param name="Label">Of hosts; hosts with the same value are one domain.</param>
/// <param name="First">Domains that come first, in that order; the others follow by name, and hosts without the label last.</param>
/// <param name="Parallel">How many domains at once; at least 1.</param>
/// <param name="Soak">Between two waves, while the judge looks on; not negative. Without any, no evidence is asked for.</param>
public sealed record DomainWaves(string Label, ImmutableArray<string> First, int Parallel, TimeSpan Soak)
{
    /// <summary>What holds where nobody says otherwise; without a single host of that label it is all in one.</summary>
    public static readonly DomainWaves Zones = new("zone", First: [], Parallel: 1, TimeSpan.Zero);
}

/// <summary>How many instances of a stage are in a domain.</summary>
/// <param name="Name">The label's value; empty for hosts without the label.</param>
public sealed record DomainShare(string Name, int Instances)
{
    /// <summary>By name.</summary>
    /// <param name="names">In which domain each instance is.</param>
    public static ImmutableArray<DomainShare> Count(IEnumerable<string> names) =>
        [
            .. names
                .GroupBy(name => name, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new DomainShare(group.Key, group.Count())),
        ];
}
