using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>The parts in which instances are exchanged, one after the other, wherever they are.</summary>
/// <param name="Percents">Of the stage's instances, after each wave; ascending from at least 1, the last is 100.</param>
/// <param name="Soak">Between two waves, while the judge looks on; not negative. Without any, no evidence is asked for.</param>
public sealed record Waves(ImmutableArray<int> Percents, TimeSpan Soak)
{
    private const int Whole = 100;

    public static readonly Waves AllAtOnce = new([Whole], TimeSpan.Zero);

    /// <summary>How many of so many instances are exchanged after a wave; rounded up.</summary>
    public int GoalOf(int count, int wave) => ((count * Percents[wave]) + Whole - 1) / Whole;
}
