using System.Collections.Immutable;

namespace Orchestrator.Benchmarks.Judging;

/// <summary>Log-normal latencies with a median of 100 ms and a σ of 0.5, in buckets that grow by 10 % from there on.</summary>
internal static class LatencyTable
{
    private const double Median = 0.1;
    private const double Sigma = 0.5;
    private const double Growth = 1.1;
    private const int Steps = 24;

    /// <summary>Shifts are looked up to this precision.</summary>
    private const double Step = 0.005;

    private const double Farthest = 1.5;

    public static readonly ImmutableArray<double> Bounds =
    [
        .. Enumerable.Range(0, Steps).Select(step => Median * Math.Pow(Growth, step)),
    ];

    private static readonly double[][] Table =
    [
        .. Enumerable.Range(0, (int)(2 * Farthest / Step) + 1).Select(index => Shares((index * Step) - Farthest)),
    ];

    /// <param name="shift">Of the logarithm.</param>
    public static ImmutableArray<long> Draw(Dice dice, double requests, double shift)
    {
        var shares = Table[Math.Clamp((int)Math.Round((shift + Farthest) / Step), 0, Table.Length - 1)];
        var counts = ImmutableArray.CreateBuilder<long>(shares.Length);
        foreach (var share in shares)
        {
            counts.Add(dice.Poisson(requests * share));
        }

        return counts.MoveToImmutable();
    }

    /// <summary>Interpolated within its bucket; NaN of an empty histogram.</summary>
    public static double Quantile(ReadOnlySpan<long> histogram, double probability)
    {
        var total = 0L;
        foreach (var count in histogram)
        {
            total += count;
        }

        var left = probability * total;
        for (var index = 0; index < Bounds.Length && total > 0; index++)
        {
            if (histogram[index] > 0 && left <= histogram[index])
            {
                var from = index == 0 ? 0 : Bounds[index - 1];
                return from + ((Bounds[index] - from) * left / histogram[index]);
            }

            left -= histogram[index];
        }

        return total == 0 ? double.NaN : Bounds[^1] * Growth;
    }

    private static double[] Shares(double shift)
    {
        var below = Bounds.Select(bound => Below((Math.Log(bound / Median) - shift) / Sigma)).Append(1).ToList();
        return [.. below.Select((share, index) => share - (index == 0 ? 0 : below[index - 1]))];
    }

    /// <summary>Φ by Simpson's rule: it is called a few thousand times, once.</summary>
    private static double Below(double z)
    {
        const int Pieces = 400;
        var width = z / Pieces;
        var sum = 0.0;
        for (var piece = 0; piece < Pieces; piece++)
        {
            var start = piece * width;
            sum += (Density(start) + (4 * Density(start + (width / 2))) + Density(start + width)) * width / 6;
        }

        return 0.5 + sum;
    }

    private static double Density(double z) => Math.Exp(-(z * z / 2)) / Math.Sqrt(2 * Math.PI);
}
