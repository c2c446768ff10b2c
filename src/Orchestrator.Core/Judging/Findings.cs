using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Orchestrator.Core.Judging;

/// <summary>Says of each metric what was found.</summary>
internal static class Findings
{
    /// <summary>In the order of the policy. Made after every sample of every canary, so without a closure.</summary>
    public static ImmutableArray<MetricFinding> Of(CanaryWatch watch, JudgeInputs inputs)
    {
        var findings = new MetricFinding[watch.Metrics.Length];
        for (var index = 0; index < findings.Length; index++)
        {
            findings[index] = Of(watch.Metrics[index], watch, inputs);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(findings);
    }

    private static MetricFinding Of(MetricJudge metric, CanaryWatch watch, JudgeInputs inputs)
    {
        // What was seen of a share follows from its counts, and is told when somebody asks.
        var isTold = metric.Sums.Counts == default;
        var arms = isTold ? metric.Sums.Arms : (null, null);
        return new MetricFinding
        {
            Name = metric.Policy.Name,
            Seen = isTold ? metric.Sums.Seen(metric.Policy.Name) : null,
            Canary = arms.Canary,
            Control = arms.Control,
            On = isTold ? metric.Sums.On : null,
            State = StateOf(metric, watch, inputs),
            Ruling = RulingOf(metric, watch),
            Samples = metric.Sums.Samples,
            Counts = metric.Sums.Counts,
            Refused = metric.Refused,
            LastRefusal = metric.LastRefusal,
            Worse = Natural.Exp(metric.Worse.LogEvidence()),
            WorseLimit = WorseLimit(metric, inputs.Policy),
            Hint = Natural.Exp(metric.Hint.LogEvidence()),
            GoodEnough = Natural.Exp(metric.GoodEnough.LogEvidence()),
            GoodEnoughLimit = 1 / metric.Policy.Beta,
            Noise = metric.Noise,
        };
    }

    private static double WorseLimit(MetricJudge metric, CanaryPolicy policy) =>
        metric.Policy.Alpha switch
        {
            AlphaUse.Own(var alpha) => 1 / alpha,
            AlphaUse.Pooled => 1 / policy.PooledAlpha,
            _ => 1 / policy.Alpha,
        };

    private static RuleFinding? RulingOf(MetricJudge metric, CanaryWatch watch) =>
        metric.Policy.JudgedBy switch
        {
            JudgedBy.Thresholds => new RuleFinding(JudgingRule.Thresholds, metric.Ruled!.Reason),
            JudgedBy.Ranks => new RuleFinding(JudgingRule.Ranks, watch.Ranked()!.Reason),
            _ => null,
        };

    private static MetricState StateOf(MetricJudge metric, CanaryWatch watch, JudgeInputs inputs)
    {
        if (ReferenceEquals(watch.Failed?.Metric, metric) || metric.Ranked?.Standing == RankedStanding.Worse)
        {
            return MetricState.Worse;
        }

        if (watch.Suspects(metric))
        {
            return MetricState.LooksWorse;
        }

        if (metric.Sums.Samples == 0)
        {
            return MetricState.NoData;
        }

        if (inputs.Now - metric.Until > inputs.Policy.MaxAge)
        {
            return MetricState.Stale;
        }

        if (metric.Ruled is { Outcome: JudgementOutcome.Inconclusive })
        {
            return MetricState.Inconclusive;
        }

        return IsGoodEnough(metric) ? MetricState.GoodEnough : MetricState.Undecided;
    }

    private static bool IsGoodEnough(MetricJudge metric) =>
        metric.HasSamples
        && (metric.Ranked is { } ranked ? ranked.Standing == RankedStanding.NotWorse : metric.IsGoodEnough);
}
