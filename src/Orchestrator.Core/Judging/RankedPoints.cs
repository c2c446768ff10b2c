namespace Orchestrator.Core.Judging;

/// <summary>
/// One metric of those that are judged by ranks together. It is looked at when it has enough points, and whenever it has an eighth
/// more: few looks do less harm to a test that is not valid under peeking, and each costs all pairs of points.
/// </summary>
internal sealed class RankedPoints(RankSumPolicy policy, MetricPolicy metric, bool isCritical, PointSeries series)
    : PointRule(series)
{
    /// <summary>A week in checks of ten minutes. What comes after is not looked at: the test thins points out anyway.</summary>
    private const int MaxPoints = 1000;

    private const int PartOfNextLook = 8;

    private readonly List<double> _canary = [];
    private readonly List<double> _control = [];
    private int _nextLook = Math.Max(1, policy.MinPoints);

    public RankedStanding Standing { get; private set; } = RankedStanding.TooFew;

    public RankedResult Result => new(metric.Name, isCritical, Standing);

    public override RuleVerdict? Verdict() => null;

    protected override void See(MetricPoint point)
    {
        var isKnown = double.IsFinite(point.Canary) && double.IsFinite(point.Control);
        if (!isKnown || _canary.Count >= MaxPoints)
        {
            return;
        }

        _canary.Add(point.Canary);
        _control.Add(point.Control);
        if (_canary.Count >= _nextLook)
        {
            _nextLook = _canary.Count + Math.Max(1, _canary.Count / PartOfNextLook);
            Standing = RankSumRule.StandingOf(
                policy,
                new RankedMetric(metric.Name, metric.Direction, isCritical, [.. _canary], [.. _control])
            );
        }
    }
}
