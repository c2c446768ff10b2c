namespace Orchestrator.Core.Judging;

/// <summary>
/// Joins samples into points that each stand for some time, as rules that look at numbers know them. When a point is complete
/// depends on time only, so that however many gaps somebody sends they make no more points than there is time for.
/// </summary>
internal sealed class PointSeries(MetricMeasure measure, TimeSpan every)
{
    private MetricSums _sums = new(measure);
    private DateTimeOffset? _from;

    /// <summary>The point that this sample completes; null while there is none.</summary>
    public MetricPoint? Add(MetricSample sample)
    {
        _sums.Add(sample);
        return Advance(sample.From, sample.To);
    }

    /// <summary>The same of time in which nothing was seen.</summary>
    public MetricPoint? Miss(MetricSample gap) => Advance(gap.From, gap.To);

    private MetricPoint? Advance(DateTimeOffset from, DateTimeOffset to)
    {
        _from ??= from < to ? from : to;
        if (to - _from < every)
        {
            return null;
        }

        var point = _sums.Point;
        (_sums, _from) = (new MetricSums(measure), to);
        return point;
    }
}
