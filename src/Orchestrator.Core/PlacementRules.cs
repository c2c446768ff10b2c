using System.Collections.Immutable;

namespace Orchestrator.Core;

/// <summary>Where instances may go and where they rather go, beyond having room.</summary>
public sealed record PlacementRules
{
    public static readonly PlacementRules None = new()
    {
        Constraints = [],
        Affinities = [],
        Spreads = [],
        MostPerHost = int.MaxValue,
    };

    /// <summary>Every one must hold.</summary>
    public required ImmutableArray<HostConstraint> Constraints { get; init; }

    /// <summary>What is rather wanted, or with a negative weight rather not.</summary>
    public required ImmutableArray<Affinity> Affinities { get; init; }

    /// <summary>How the service is spread over the values of labels at each stage, all versions together.</summary>
    public required ImmutableArray<SpreadRule> Spreads { get; init; }

    /// <summary>From 1: at most so many of the service at a stage on one host; <see cref="int.MaxValue"/> is no bound.</summary>
    public required int MostPerHost { get; init; }

    /// <summary>Services to be where instances of theirs are.</summary>
    public ImmutableArray<NeighbourRule> Near { get; init; } = [];

    /// <summary>
    /// Services to be where no instance of theirs is. What is required holds both ways: theirs are not placed beside ours.
    /// </summary>
    public ImmutableArray<NeighbourRule> Apart { get; init; } = [];

    /// <summary>One line each, in order, for people and to compare: alike exactly when the rules are.</summary>
    public IEnumerable<string> Lines() =>
        [
            .. Constraints.Select(constraint => $"constraint: {constraint.Attribute} {constraint.Wish}"),
            .. Affinities.Select(affinity =>
                $"affinity {affinity.Weight}: {affinity.Wanted.Attribute} {affinity.Wanted.Wish}"
            ),
            .. Spreads.Select(spread => spread.Line()),
            .. MostPerHost == int.MaxValue ? (string[])[] : [$"at most {MostPerHost} on a host"],
            .. Near.Select(rule => rule.Line("near")),
            .. Apart.Select(rule => rule.Line("apart from")),
        ];
}

/// <param name="Weight">-100 to 100, not 0: how much it counts against the other affinities of the request.</param>
public sealed record Affinity(HostConstraint Wanted, int Weight);

/// <summary>Spreads a group over the values of a label, its domains: zones, racks.</summary>
/// <param name="MaxSkew">
/// From 1: how many instances a domain may have above the least of all domains with an admitted host, or above its target.
/// </param>
/// <param name="IsHard">Whether a host that would break it is refused, or only liked less. A host without the label is
/// refused by a hard rule.</param>
/// <param name="TargetPercents">Share of the group by domain, 0 to 100; empty means equal shares. Unnamed domains get none.</param>
/// <param name="MostPerDomain">At most so many of the group in one domain, whatever the skew.</param>
public sealed record SpreadRule(
    string Label,
    int MaxSkew,
    bool IsHard,
    ImmutableSortedDictionary<string, int> TargetPercents,
    int MostPerDomain
)
{
    internal string Line()
    {
        var targets = TargetPercents.Select(target => $" {target.Key} {target.Value} %");
        var most = MostPerDomain == int.MaxValue ? "" : $", at most {MostPerDomain}";
        return $"spread over {Label}{string.Concat(targets)}: {(IsHard ? "hard" : "soft")}, skew {MaxSkew}{most}";
    }
}
