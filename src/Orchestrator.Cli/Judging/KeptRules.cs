using Orchestrator.Contracts.Http;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>By which rule a metric was judged, as the API tells it.</summary>
internal static class KeptRules
{
    public static JudgedBy Of(JudgedMetricView metric)
    {
        var every = metric.Every ?? TimeSpan.Zero;
        if (metric.Thresholds is { } limits)
        {
            return new JudgedBy.Thresholds(PolicyOf(limits, metric.IsLowerWorse), every);
        }

        return metric.IsCriticalByRanks is { } isCritical
            ? new JudgedBy.Ranks(isCritical, every)
            : new JudgedBy.Evidence();
    }

    public static RankSumPolicy Of(JudgedRanksView ranks) =>
        new()
        {
            StandardErrors = ranks.StandardErrors,
            Tolerance = ranks.Tolerance,
            Marginal = ranks.Marginal,
            Pass = ranks.Pass,
            MinPoints = ranks.MinPoints,
        };

    public static AlphaUse AlphaOf(JudgedMetricView metric) =>
        metric switch
        {
            { Thresholds: not null } or { IsCriticalByRanks: not null } => new AlphaUse.Unused(),
            { OwnAlpha: { } own } => new AlphaUse.Own(own),
            _ => new AlphaUse.Pooled(metric.Weight ?? 1),
        };

    private static ThresholdPolicy PolicyOf(JudgedThresholdsView limits, bool isLowerWorse) =>
        new()
        {
            Direction = isLowerWorse ? MetricDirection.LowerIsWorse : MetricDirection.HigherIsWorse,
            GoodLimit = limits.GoodLimit,
            BadLimit = limits.BadLimit,
            FailureLimit = limits.FailureLimit,
            InconclusiveLimit = limits.InconclusiveLimit,
            ConsecutiveErrorLimit = limits.ConsecutiveErrorLimit,
            Checks = limits.Checks,
        };
}
