using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Rollouts;

/// <summary>Which metrics of a stage are judged by other rules than evidence, in the judge's terms.</summary>
internal static class StageRules
{
    public static bool IsByEvidence(JudgePolicy judge, string metric) =>
        judge.Thresholds.All(limits => limits.Metric != metric)
        && judge.Ranks?.Metrics.Contains(metric, StringComparer.Ordinal) != true;

    /// <summary>With the rule that the stage names for it.</summary>
    public static MetricPolicy Ruled(JudgePolicy judge, MetricPolicy metric)
    {
        if (judge.Thresholds.FirstOrDefault(limits => limits.Metric == metric.Name) is { } limits)
        {
            return metric with
            {
                Alpha = new AlphaUse.Unused(),
                JudgedBy = new JudgedBy.Thresholds(PolicyOf(limits, metric.Direction), limits.Every),
            };
        }

        return judge.Ranks is { } ranks && ranks.Metrics.Contains(metric.Name, StringComparer.Ordinal)
            ? metric with
            {
                Alpha = new AlphaUse.Unused(),
                JudgedBy = new JudgedBy.Ranks(
                    ranks.Critical.Contains(metric.Name, StringComparer.Ordinal),
                    ranks.Every
                ),
            }
            : metric;
    }

    public static RankSumPolicy? RanksOf(JudgePolicy judge) =>
        judge.Ranks is { } ranks
            ? new RankSumPolicy
            {
                StandardErrors = RankSumPolicy.StandardErrorsOf(ranks.Confidence),
                Tolerance = ranks.Tolerance,
                Marginal = ranks.Marginal,
                Pass = ranks.Pass,
                MinPoints = ranks.MinimumPoints,
            }
            : null;

    private static ThresholdPolicy PolicyOf(MetricThresholds limits, MetricDirection direction) =>
        new()
        {
            Direction = direction,
            GoodLimit = limits.GoodLimit,
            BadLimit = limits.Limit,
            FailureLimit = limits.FailureLimit,
            InconclusiveLimit = limits.InconclusiveLimit,
            ConsecutiveErrorLimit = limits.ConsecutiveErrorLimit,
            Checks = limits.Checks,
        };
}
