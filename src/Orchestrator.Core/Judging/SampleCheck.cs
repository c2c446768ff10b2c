using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>What may count as evidence at all. Whatever else comes changes nothing: it fails nobody, and passes nobody.</summary>
internal static class SampleCheck
{
    /// <summary>Beyond it doubles no longer count one by one; no interval has as many requests.</summary>
    private const long MaxCount = 1L << 52;

    /// <summary>Between its inverse and itself logarithms are exact.</summary>
    private const double MaxLevel = 1e300;

    /// <summary>Why a sample does not count; null when it does.</summary>
    /// <param name="after">The end of the last that counted.</param>
    public static string? Refuse(MetricPolicy policy, MetricSample sample, DateTimeOffset after) =>
        sample switch
        {
            MetricSample.Missing missing => missing.Why,
            { From: var from, To: var to } when from >= to => "it ends before it begins",
            { From: var from } when from < after => "it is older than what was judged before",
            MetricSample.Counted counted when policy.Measure is MetricMeasure.Share => RefuseCounts(counted),
            MetricSample.Histograms histograms when policy.Measure is MetricMeasure.Quantile quantile =>
                RefuseHistograms(histograms, quantile),
            MetricSample.Levels levels when policy.Measure is MetricMeasure.Level => RefuseLevels(
                levels,
                policy.JudgedBy
            ),
            _ => "it is not of the metric's kind",
        };

    private static string? RefuseCounts(MetricSample.Counted sample)
    {
        if (!IsCount(sample.CanaryTotal) || !IsCount(sample.ControlTotal))
        {
            return "a count of requests is negative or too large";
        }

        return
            sample.CanaryHits < 0
            || sample.ControlHits < 0
            || sample.CanaryHits > sample.CanaryTotal
            || sample.ControlHits > sample.ControlTotal
            ? "a count is negative, or larger than its requests"
            : null;
    }

    private static string? RefuseHistograms(MetricSample.Histograms sample, MetricMeasure.Quantile quantile) =>
        AreCounts(sample.Canary, quantile) && AreCounts(sample.Control, quantile)
            ? null
            : "a histogram has other buckets, or a count is negative or too large";

    private static bool AreCounts(ImmutableArray<long> counts, MetricMeasure.Quantile quantile) =>
        !counts.IsDefault
        && counts.Length == quantile.Bounds.Length + 1
        && Histogram.Bits(counts.AsSpan()) is >= 0 and < MaxCount;

    private static bool IsCount(long count) => count is >= 0 and < MaxCount;

    /// <summary>Evidence takes logarithms of levels; other rules take any number.</summary>
    private static string? RefuseLevels(MetricSample.Levels sample, JudgedBy rule)
    {
        if (rule is not JudgedBy.Evidence)
        {
            return IsNumber(sample.Canary) && IsNumber(sample.Control) ? null : "a level is not a number";
        }

        return IsLevel(sample.Canary) && IsLevel(sample.Control) ? null : "a level is not a positive number";
    }

    /// <summary>False for NaN.</summary>
    private static bool IsNumber(double level) => Math.Abs(level) <= MaxLevel;

    /// <summary>False for NaN.</summary>
    private static bool IsLevel(double level) => level is >= 1 / MaxLevel and <= MaxLevel;
}
