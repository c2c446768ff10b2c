namespace Orchestrator.Core.Judging;

/// <summary>
/// The Mann–Whitney test by its normal approximation, with correction for continuity and ties: how much the canary's values lie
/// above the control's (Hodges–Lehmann), and between what that is with some confidence, for one look planned beforehand.
/// </summary>
internal readonly record struct RankSum(double Lower, double Estimate, double Upper)
{
    /// <summary>More points a side than this are thinned out evenly: the differences are all pairs.</summary>
    private const int MaxPoints = 500;

    /// <param name="canary">Finite, at least one.</param>
    /// <param name="control">Finite, at least one.</param>
    /// <param name="z">Standard errors on each side: 1.959964 for 95 %.</param>
    public static RankSum Of(ReadOnlySpan<double> canary, ReadOnlySpan<double> control, double z)
    {
        var left = Thinned(canary);
        var right = Thinned(control);
        var differences = new double[left.Length * right.Length];
        for (var index = 0; index < differences.Length; index++)
        {
            differences[index] = left[index / right.Length] - right[index % right.Length];
        }

        Array.Sort(differences);
        var middle = differences.Length / 2;
        var estimate =
            differences.Length % 2 == 1 ? differences[middle] : (differences[middle - 1] + differences[middle]) / 2;
        // The rank sum, shifted by a difference, is just not significant any more at this many differences below it.
        var reach = (differences.Length / 2.0) + 0.5 + (z * Math.Sqrt(VarianceOf(left, right)));
        var first = Math.Clamp((int)Math.Floor(differences.Length + 1 - reach) - 1, 0, (differences.Length - 1) / 2);
        return new RankSum(differences[first], estimate, differences[^(first + 1)]);
    }

    /// <summary>Of the rank sum; ties take from it.</summary>
    private static double VarianceOf(double[] left, double[] right)
    {
        double[] all = [.. left, .. right];
        Array.Sort(all);
        var ties = 0.0;
        for (var start = 0; start < all.Length; )
        {
            var end = start;
            while (end < all.Length && all[end] <= all[start])
            {
                end++;
            }

            var count = (double)(end - start);
            ties += (count * count * count) - count;
            start = end;
        }

        double total = all.Length;
        return left.Length * (double)right.Length / 12 * (total + 1 - (ties / (total * Math.Max(1, total - 1))));
    }

    private static double[] Thinned(ReadOnlySpan<double> values)
    {
        var kept = new double[Math.Min(values.Length, MaxPoints)];
        for (var index = 0; index < kept.Length; index++)
        {
            kept[index] = values[(int)((long)index * values.Length / kept.Length)];
        }

        return kept;
    }
}
