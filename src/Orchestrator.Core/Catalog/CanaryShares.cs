namespace Orchestrator.Core.Catalog;

/// <summary>How many instances and what share of the requests belong to each other at a canary step.</summary>
public static class CanaryShares
{
    /// <summary>Gateways split requests in tenths of a percent.</summary>
    public const decimal Least = 0.1m;

    /// <summary>The old version keeps a share, or there is nothing to compare with.</summary>
    public const decimal Most = 99.9m;

    private const int WholePercent = 100;

    /// <summary>Instances of the old version beside those of a step, as far as the surge allows; 0 to <paramref name="count"/>.</summary>
    public static int OldBeside(int instances, int count, int maxSurge) =>
        Math.Clamp(count + maxSurge - instances, 0, count);

    /// <summary>
    /// In percent, rounded down to tenths: what falls on them if every instance of both versions gets as much as any other.
    /// Null if none of the old version is left beside them.
    /// </summary>
    public static decimal? WeightOf(int instances, int count, int maxSurge)
    {
        var old = OldBeside(instances, count, maxSurge);
        return old == 0 ? null : Math.Clamp(PartOf(instances, instances + old), Least, Most);
    }

    /// <summary>Enough of <paramref name="count"/> for the share, rounded up, so that none gets more than it does of all requests.</summary>
    public static int InstancesFor(decimal weightPercent, int count) =>
        Math.Max(1, (int)decimal.Ceiling(count * weightPercent / WholePercent));

    /// <summary>In percent, rounded down to tenths; 0 to 100 for a part of a whole.</summary>
    public static decimal PartOf(int part, int whole) => (long)part * WholePercent * 10 / whole / 10m;
}
