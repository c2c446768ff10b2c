namespace Orchestrator.Core.Judging;

/// <summary>
/// Finds where to cut the histograms of both arms, from what the control answered so far. The quantile's bucket is followed from
/// answer to answer, since it seldom moves far.
/// </summary>
internal sealed class QuantileSplit(MetricMeasure.Quantile quantile, double toleratedRatio, double inferiorRatio)
{
    private readonly long[] _learned = new long[quantile.Bounds.Length + 1];
    private long _total;

    /// <summary>The first bucket at whose end the quantile is reached; the number of bounds if it lies beyond all of them.</summary>
    private int _bucket;

    /// <summary>Learned of the buckets before that.</summary>
    private long _before;
    private Cut? _cut;

    /// <summary>Indices of bounds; null while nothing is known, and where the histogram ends too soon.</summary>
    public Cut? Find() => _total > 0 ? _cut : null;

    public void Learn(ReadOnlySpan<long> control) => Learn(control, Histogram.Sum(control));

    /// <param name="total">Of the control's answers.</param>
    public void Learn(ReadOnlySpan<long> control, long total)
    {
        Histogram.Add(_learned, control);
        _before += Histogram.Sum(control[.._bucket]);
        _total += total;
        var (was, needed) = (_bucket, quantile.Probability * _total);
        while (_bucket < quantile.Bounds.Length && _before + _learned[_bucket] < needed)
        {
            _before += _learned[_bucket++];
        }

        while (_bucket > 0 && _before >= needed)
        {
            _before -= _learned[--_bucket];
        }

        if (_bucket != was || _cut is null)
        {
            _cut = _bucket < quantile.Bounds.Length ? CutAt(_bucket) : null;
        }
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
    internal readonly record struct Cut(int Control, int Tolerated, int Inferior)
    {
        /// <summary>Slow answers of both arms: hits by which a canary is found worse.</summary>
        public ArmCounts Worse(ReadOnlySpan<long> canary, ReadOnlySpan<long> control) =>
            new(
                Histogram.Sum(canary),
                Histogram.Above(canary, Tolerated),
                Histogram.Sum(control),
                Histogram.Above(control, Control)
            );

        /// <summary>The same, by which it is found good enough.</summary>
        public ArmCounts Better(ReadOnlySpan<long> canary, ArmCounts worse) =>
            worse with
            {
                CanaryHits = Histogram.Above(canary, Inferior),
            };
    }
}
