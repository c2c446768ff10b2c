using System.Runtime.InteropServices;

namespace Orchestrator.Core.Judging;

/// <summary>
/// Measures <see cref="Noise"/> from the differences of two arms that are the same: the variance of their sums over blocks of
/// growing length, against what independent requests would have. Bursts raise it at every length, autocorrelation with it.
/// </summary>
internal static class NoiseMeter
{
    /// <summary>A variance of fewer blocks says next to nothing.</summary>
    private const int MinBlocks = 20;

    /// <summary>Standard errors that bounds lie above what was measured.</summary>
    private const double Caution = 2;

    /// <summary>Growth of the ratio from the second longest blocks to the longest, above which it has not come to its end.</summary>
    private const double MaxGrowth = 1.3;

    /// <summary>Noise must be known over at least this time.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromMinutes(5);

    /// <summary>Of blocks, in samples; the last ones are there to see what the others still miss.</summary>
    private static ReadOnlySpan<int> Lengths => [1, 2, 3, 6, 12, 30, 60];

    /// <param name="differences">One a sample, oldest first.</param>
    /// <param name="period">Between samples.</param>
    public static Noise Measure(ReadOnlySpan<Difference> differences, TimeSpan period)
    {
        var known = new List<Variation>(Lengths.Length);
        foreach (var length in Lengths)
        {
            if (Variation.Over(differences, length) is { Blocks: >= MinBlocks } variation)
            {
                known.Add(variation);
            }
        }

        return known.Count == 0 || known[^1].Length * period < Horizon
            ? Noise.Unknown
            : Choose(CollectionsMarshal.AsSpan(known), period);
    }

    /// <summary>
    /// The buckets that cost the least time: a bucket counts once however long it is, and evidence is divided by the temper.
    /// They are widened where that is less of a loss than tempering, and where tempering alone would not do.
    /// </summary>
    private static Noise Choose(ReadOnlySpan<Variation> known, TimeSpan period)
    {
        var dispersion = known[0].Bound;
        var best = (Length: known[^1].Length, Temper: double.PositiveInfinity);
        for (var index = known.Length - 1; index >= 0; index--)
        {
            dispersion = Math.Max(dispersion, known[index].Bound);
            // What is longer than the longest is not known; its own doubt stands for it.
            var temper = Math.Max(1, dispersion / known[index].Ratio);
            var isQuicker = temper <= Noise.MaxTemper && known[index].Length * temper < best.Length * best.Temper;
            if (isQuicker || best.Temper > Noise.MaxTemper)
            {
                best = (known[index].Length, temper);
            }
        }

        // Who drifts apart for longer than can be seen here may do so for any time.
        return new Noise(
            IsMeasured: true,
            dispersion,
            best.Length * period,
            IsGrowing(known) ? double.MaxValue : best.Temper
        );
    }

    private static bool IsGrowing(ReadOnlySpan<Variation> known) =>
        known.Length > 1 && known[^1].Ratio - (Caution * known[^1].Error) > MaxGrowth * known[^2].Ratio;

    /// <param name="Length">Of a block, in samples.</param>
    /// <param name="Blocks">That say something.</param>
    /// <param name="Ratio">Of the variance measured to the one expected.</param>
    /// <param name="Error">Standard error of the ratio.</param>
    private readonly record struct Variation(int Length, int Blocks, double Ratio, double Error)
    {
        public double Bound => Ratio + (Caution * Error);

        public static Variation Over(ReadOnlySpan<Difference> differences, int length)
        {
            var (blocks, squares, expected) = (0, 0.0, 0.0);
            for (var start = 0; start + length <= differences.Length; start += length)
            {
                var block = Difference.Sum(differences.Slice(start, length));
                blocks += block.Variance > 0 ? 1 : 0;
                squares += block.Value * block.Value;
                expected += block.Variance;
            }

            if (blocks == 0 || squares <= 0)
            {
                return default;
            }

            var ratio = squares / expected;
            var spread = SpreadOf(differences, length, ratio);
            // Normal differences have this one; less is luck.
            var least = ratio * Math.Sqrt(2.0 / blocks);
            return new Variation(length, blocks, ratio, Math.Max(least, Math.Sqrt(spread) / expected));
        }

        private static double SpreadOf(ReadOnlySpan<Difference> differences, int length, double ratio)
        {
            var spread = 0.0;
            for (var start = 0; start + length <= differences.Length; start += length)
            {
                var block = Difference.Sum(differences.Slice(start, length));
                var excess = (block.Value * block.Value) - (ratio * block.Variance);
                spread += excess * excess;
            }

            return spread;
        }
    }
}

/// <summary>Between the arms in one sample, and the variance that it would have if all were independent; 0 and 0 say nothing.</summary>
internal readonly record struct Difference(double Value, double Variance)
{
    public static Difference Of(ArmCounts counts)
    {
        if (!counts.HasBothArms || counts.Hits == 0)
        {
            return default;
        }

        var share = counts.CanaryOdds / (1 + counts.CanaryOdds);
        return new Difference(counts.CanaryHits - (share * counts.Hits), counts.Hits * share * (1 - share));
    }

    public static Difference Sum(ReadOnlySpan<Difference> differences)
    {
        var (value, variance) = (0.0, 0.0);
        foreach (var difference in differences)
        {
            value += difference.Value;
            variance += difference.Variance;
        }

        return new Difference(value, variance);
    }
}
