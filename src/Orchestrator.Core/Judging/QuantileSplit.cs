namespace Orchestrator.Core.Judging;

/// <summary>Finds where to cut the histograms of both arms, from what the control answered so far.</summary>
internal sealed class QuantileSplit(MetricMeasure.Quantile quantile, double toleratedRatio, double inferiorRatio)
{
    private readonly long[] _learned = new long[quantile.Bounds.Length + 1];

    /// <summary>Indices of bounds; null while nothing is known, and where the histogram ends too soon.</summary>
    public Cut? Find()
    {
        var total = Above(_learned, bound: -1);
        var seen = 0L;
        for (var index = 0; index < quantile.Bounds.Length && total > 0; index++)
        {
            seen += _learned[index];
            if (seen >= quantile.Probability * total)
            {
                return CutAt(index);
            }
        }

        return null;
    }

    public void Learn(ReadOnlySpan<long> control)
    {
        for (var index = 0; index < _learned.Length; index++)
        {
            _learned[index] += control[index];
        }
    }

    /// <summary>Answers above a bound; all of them above −1.</summary>
    public static long Above(ReadOnlySpan<long> histogram, int bound)
    {
        var sum = 0L;
        foreach (var count in histogram[(bound + 1)..])
        {
            sum += count;
        }

        return sum;
    }

    /// <summary>Both are rounded in favour of the null, so that coarse bounds cost evidence and nothing else.</summary>
    private Cut? CutAt(int control)
    {
        var bounds = quantile.Bounds.AsSpan();
        var tolerated = control;
        while (tolerated < bounds.Length && bounds[tolerated] < bounds[control] * toleratedRatio)
        {
            tolerated++;
        }

        var inferior = control;
        while (inferior + 1 < bounds.Length && bounds[inferior + 1] <= bounds[control] * inferiorRatio)
        {
            inferior++;
        }

        return tolerated < bounds.Length ? new Cut(control, tolerated, inferior) : null;
    }

    /// <param name="Control">The control's quantile.</param>
    /// <param name="Tolerated">r0 times as high or a little more.</param>
    /// <param name="Inferior">r1 times as high or a little less.</param>
    internal readonly record struct Cut(int Control, int Tolerated, int Inferior);
}
