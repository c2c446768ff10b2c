namespace Orchestrator.Core.Judging;

/// <summary>A rule that looks at points of a metric. Neither there is is valid under peeking, and both say so.</summary>
internal abstract class PointRule(PointSeries series)
{
    public void Observe(MetricSample sample) => Look(series.Add(sample));

    /// <summary>A sample that does not count is a gap.</summary>
    public void Miss(MetricSample sample) => Look(series.Miss(sample));

    /// <summary>What the metric comes to by itself; null where it has a say only together with others.</summary>
    public abstract RuleVerdict? Verdict();

    protected abstract void See(MetricPoint point);

    /// <summary>Null for metrics that are judged by evidence.</summary>
    public static PointRule? Of(MetricPolicy policy, RankSumPolicy? ranks) =>
        policy.JudgedBy switch
        {
            JudgedBy.Thresholds(var limits, var every) => new ThresholdPoints(
                limits,
                new PointSeries(policy.Measure, every)
            ),
            JudgedBy.Ranks(var isCritical, var every) when ranks is not null => new RankedPoints(
                ranks,
                policy,
                isCritical,
                new PointSeries(policy.Measure, every)
            ),
            _ => null,
        };

    private void Look(MetricPoint? point)
    {
        if (point is { } complete)
        {
            See(complete);
        }
    }
}

/// <summary>Each point is a check.</summary>
internal sealed class ThresholdPoints(ThresholdPolicy policy, PointSeries series) : PointRule(series)
{
    private ThresholdTally _tally;

    public override RuleVerdict Verdict() => _tally.Verdict(policy);

    protected override void See(MetricPoint point) => _tally = _tally.Plus(policy, point.Canary);
}
