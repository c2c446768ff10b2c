using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>The rules that teams know from elsewhere, on the same lines. Neither is valid under peeking, and both say so.</summary>
internal static class OtherRules
{
    public const string Ranks = "mann-whitney";
    public const string Thresholds = "thresholds";

    /// <summary>As Kayenta's own examples have it.</summary>
    private static readonly RankSumPolicy UsualRanks = new()
    {
        StandardErrors = 2.326348,
        Tolerance = 0.25,
        Marginal = 75,
        Pass = 95,
        MinPoints = 5,
    };

    /// <summary>Checks in a row without a number that are forgiven; as Argo Rollouts has it.</summary>
    private const int ConsecutiveErrorLimit = 4;

    public static RuleVerdict ByRanks(JudgeInputs inputs) =>
        RankSumRule.Judge(
            UsualRanks,
            [
                .. inputs.Policy.Metrics.Select(
                    (metric, place) =>
                        new RankedMetric(
                            metric.Name,
                            metric.Direction,
                            IsCritical: metric.Alpha is AlphaUse.Own,
                            [.. inputs.SamplesOf(place).Select(sample => Points(metric, sample).Canary)],
                            [.. inputs.SamplesOf(place).Select(sample => Points(metric, sample).Control)]
                        )
                ),
            ]
        );

    /// <summary>The worst verdict of all metrics that have a limit: one that fails, else one that is undecided.</summary>
    public static RuleVerdict ByThresholds(JudgeInputs inputs, JudgePolicyFile policy)
    {
        var verdicts = inputs
            .Policy.Metrics.Select(
                (metric, place) => (Metric: metric, place, Written: policy.Metrics.GetValueOrDefault(metric.Name))
            )
            .Where(one => one.Written?.Limit is not null)
            .Select(one => ByThreshold(one.Metric, inputs.SamplesOf(one.place), one.Written!))
            .ToList();
        return verdicts.Count > 0
            ? verdicts.Find(verdict => verdict.Outcome == JudgementOutcome.Fail)
                ?? verdicts.Find(verdict => verdict.Outcome != JudgementOutcome.Pass)
                ?? verdicts[0]
            : throw new CommandFailedException(
                ExitCode.Usage,
                "No metric of the policy has a limit.",
                """Name a --policy with one, such as { "metrics": { "errors": { "limit": 0.01, "failureLimit": 4 } } }."""
            );
    }

    private static RuleVerdict ByThreshold(
        MetricPolicy metric,
        ImmutableArray<MetricSample> samples,
        JudgeMetricFile written
    )
    {
        var limit = written.Limit ?? 0;
        var verdict = ThresholdRule.Judge(
            new ThresholdPolicy
            {
                Direction = metric.Direction,
                GoodLimit = limit,
                BadLimit = limit,
                FailureLimit = written.FailureLimit,
                InconclusiveLimit = 0,
                ConsecutiveErrorLimit = ConsecutiveErrorLimit,
                Checks = Math.Max(1, samples.Length - written.FailureLimit),
            },
            [.. samples.Select(sample => Check(Points(metric, sample).Canary))]
        );
        return verdict with { Reason = $"{metric.Name}: {verdict.Reason}" };
    }

    private static ThresholdCheck Check(double value) =>
        double.IsFinite(value)
            ? new ThresholdCheck.Measured(value)
            : new ThresholdCheck.NotMeasured("there is no number");

    /// <summary>NaN where there is none.</summary>
    private static (double Canary, double Control) Points(MetricPolicy metric, MetricSample sample) =>
        (sample, metric.Measure) switch
        {
            (MetricSample.Counted counted, _) => (
                Share(counted.CanaryHits, counted.CanaryTotal),
                Share(counted.ControlHits, counted.ControlTotal)
            ),
            (MetricSample.Levels levels, _) => (levels.Canary, levels.Control),
            (MetricSample.Histograms histograms, MetricMeasure.Quantile quantile) => (
                Quantile(quantile, histograms.Canary),
                Quantile(quantile, histograms.Control)
            ),
            _ => (double.NaN, double.NaN),
        };

    private static double Share(long hits, long total) => total > 0 ? (double)hits / total : double.NaN;

    /// <summary>The bound at or above the quantile; infinite beyond the last, NaN of an empty histogram.</summary>
    private static double Quantile(MetricMeasure.Quantile quantile, ImmutableArray<long> histogram)
    {
        var total = histogram.Sum();
        var seen = 0L;
        for (var index = 0; index < quantile.Bounds.Length && total > 0; index++)
        {
            seen += histogram[index];
            if (seen >= quantile.Probability * total)
            {
                return quantile.Bounds[index];
            }
        }

        return total > 0 ? double.PositiveInfinity : double.NaN;
    }
}
