namespace Orchestrator.Core.Judging;

/// <summary>What policies of rules that look at points must be.</summary>
internal static class RulePolicies
{
    private const double Full = 100;

    /// <summary>Empty when all is well. Written so that NaN is out of range too.</summary>
    public static IEnumerable<string> MistakesOf(MetricPolicy metric, RankSumPolicy? ranks) =>
        metric.JudgedBy switch
        {
            JudgedBy.Thresholds(var limits, var every) => Named(metric, OfThresholds(metric, limits, every)),
            JudgedBy.Ranks(_, var every) => Named(metric, OfRanks(ranks, every)),
            _ => [],
        };

    private static IEnumerable<string> OfThresholds(MetricPolicy metric, ThresholdPolicy limits, TimeSpan every)
    {
        if (every <= TimeSpan.Zero || limits.Checks < 1)
        {
            yield return "there must be a check, and time from one to the next";
        }

        if (
            limits.Direction != metric.Direction
            || !double.IsFinite(limits.GoodLimit)
            || !double.IsFinite(limits.BadLimit)
            || Math.Sign(limits.BadLimit - limits.GoodLimit)
                == (metric.Direction == MetricDirection.HigherIsWorse ? -1 : 1)
        )
        {
            yield return "its bad limit must not be better than its good one";
        }

        if (limits is not { FailureLimit: >= 0, InconclusiveLimit: >= 0, ConsecutiveErrorLimit: >= 0 })
        {
            yield return "fewer checks than none are forgiven";
        }
    }

    private static IEnumerable<string> OfRanks(RankSumPolicy? ranks, TimeSpan every)
    {
        if (every <= TimeSpan.Zero)
        {
            yield return "a point must stand for some time";
        }

        if (
            ranks
                is not {
                    StandardErrors: > 0 and < Full,
                    Tolerance: >= 0 and < 1,
                    Marginal: >= 0,
                    Pass: <= Full,
                    MinPoints: >= 1
                }
            || ranks.Pass < ranks.Marginal
        )
        {
            yield return "ranks need standard errors and points, and scores of which to pass is not below marginal";
        }
    }

    private static IEnumerable<string> Named(MetricPolicy metric, IEnumerable<string> mistakes) =>
        mistakes.Select(mistake => $"{metric.Name}: {mistake}");
}
