using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What a judge's policy has beyond errors, as fields of its manifest.</summary>
internal static class JudgeFields
{
    public static IEnumerable<(string Path, string Value)> Of(JudgePolicy judge, string at)
    {
        yield return ($"{at}.errors", judge.CountsErrors ? "true" : "false");
        yield return ($"{at}.untilMeasured", judge.UntilMeasured == UnmeasuredNoise.Trust ? "trust" : "doubt");
        yield return ($"{at}.latency", judge.Latency is { } latency ? Text(latency) : "(none)");
        foreach (var rule in judge.Metrics)
        {
            yield return ($"{at}.metrics.{rule.Name}", Text(rule));
        }

        foreach (var limits in judge.Thresholds)
        {
            yield return ($"{at}.thresholds.{limits.Metric}", Text(limits));
        }

        yield return ($"{at}.ranks", judge.Ranks is { } ranks ? Text(ranks) : "(none)");
    }

    private static string Text(MetricThresholds limits) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"limit {limits.Limit}, good at {limits.GoodLimit}, {limits.Checks} checks every {limits.Every.TotalSeconds:0.###}s, forgiven {limits.FailureLimit} bad, {limits.InconclusiveLimit} inconclusive, {limits.ConsecutiveErrorLimit} errors in a row"
        );

    private static string Text(MetricRanks ranks)
    {
        var critical = ranks.Critical.IsEmpty ? "none" : string.Join(" ", ranks.Critical);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(" ", ranks.Metrics)}, critical {critical}, {ranks.MinimumPoints} points every {ranks.Every.TotalSeconds:0.###}s, confidence {ranks.Confidence}, tolerance {ranks.Tolerance}, marginal {ranks.Marginal}, pass {ranks.Pass}"
        );
    }

    private static string Text(LatencyRule latency) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"quantile {latency.Quantile}, tolerated {latency.ToleratedRatio}, inferior {latency.InferiorRatio}, warm after {latency.WarmUp.TotalSeconds:0.###}s"
        );

    private static string Text(MetricRule rule)
    {
        var source = rule.Source switch
        {
            MetricSource.Query query => string.Create(
                CultureInfo.InvariantCulture,
                $"{query.Provider} every {query.Every.TotalSeconds:0.###}s: {query.Text}{(query.TotalText.Length > 0 ? " of " : "")}{query.TotalText}"
            ),
            _ => "sent",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(rule.Kind == MetricKind.Share ? "share" : "level")}, {(rule.IsLowerWorse ? "lower" : "higher")} is worse, tolerated {rule.ToleratedRatio}, inferior {rule.InferiorRatio}, {rule.MinimumSamples} samples, {source}"
        );
    }
}
