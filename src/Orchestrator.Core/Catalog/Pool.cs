using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>Hosts whose labels have all of the selector's values; an empty selector means all hosts.</summary>
public sealed record Pool(PoolName Name, ImmutableSortedDictionary<string, string> Selector, PoolPreference Preference)
{
    public Overcommit Overcommit { get; init; } = Overcommit.None;

    /// <summary>CPU, memory and disk of each host that no instance gets; 0 is nothing.</summary>
    public Resources Reserve { get; init; }

    /// <summary>What each host of the pool has by name, each once, sorted, none of it 0.</summary>
    public ImmutableArray<NamedCount> Counts { get; init; } = [];

    /// <summary>
    /// How many trains may be under way at once at each stage that is on this pool, at least 1; null for any number. Those
    /// that wait for a person do not count.
    /// </summary>
    public int? MaxConcurrentRollouts { get; init; }

    /// <summary>Whether it says anything of how much its hosts have.</summary>
    public bool HasRules => Overcommit != Overcommit.None || Reserve != default || !Counts.IsEmpty;

    public bool Selects(ImmutableSortedDictionary<string, string> labels) =>
        Selector.All(wanted => labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value);
}

/// <summary>In hundredths, 100 to 1000, how many times what is there may be set aside; null where a pool says nothing.</summary>
public sealed record Overcommit(int? CpuHundredths, int? MemoryHundredths, int? DiskHundredths)
{
    public static readonly Overcommit None = new(CpuHundredths: null, MemoryHundredths: null, DiskHundredths: null);
}

public enum PoolPreference
{
    /// <summary>Instances of a service go to different hosts where there is room.</summary>
    Spread,

    /// <summary>Fill hosts one after the other.</summary>
    BinPack,
}
