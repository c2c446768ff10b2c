using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>The rules that teams know from elsewhere, on the same lines. None is valid under peeking, and all say so.</summary>
internal static class OtherRules
{
    public const string Ranks = "mann-whitney";
    public const string Thresholds = "thresholds";
    public const string GroupSequential = "group-sequential";

    private const double FullScore = 100;
    private const int MaxLooks = 100;

    /// <summary>Null for evidence.</summary>
    public static RuleVerdict? Judge(string rule, JudgeInputs inputs, JudgePolicyFile policy) =>
        rule switch
        {
            Ranks => ByRanks(inputs, policy),
            Thresholds => ByThresholds(inputs, policy),
            GroupSequential => ByGroupSequential(inputs, policy),
            _ => null,
        };

    private static RuleVerdict ByRanks(JudgeInputs inputs, JudgePolicyFile policy) =>
        RankSumRule.Judge(
            RanksOf(policy),
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
    private static RuleVerdict ByThresholds(JudgeInputs inputs, JudgePolicyFile policy)
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

    private static RuleVerdict ByGroupSequential(JudgeInputs inputs, JudgePolicyFile policy) =>
        policy.Looks is >= 1 and <= MaxLooks
            ? GroupSequentialRule.Judge(inputs, policy.Looks)
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"The policy's looks must be 1 to {MaxLooks}."));

    private static RuleVerdict ByThreshold(
        MetricPolicy metric,
        ImmutableArray<MetricSample> samples,
        JudgeMetricFile written
    )
    {
        var verdict = ThresholdRule.Judge(
            LimitsOf(metric, written, samples.Length),
            [.. samples.Select(sample => Check(Points(metric, sample).Canary))]
        );
        return verdict with { Reason = $"{metric.Name}: {verdict.Reason}" };
    }

    private static ThresholdPolicy LimitsOf(MetricPolicy metric, JudgeMetricFile written, int lines)
    {
        var limit = written.Limit ?? 0;
        var good = written.GoodLimit ?? limit;
        var isOrdered = metric.Direction == MetricDirection.HigherIsWorse ? good <= limit : good >= limit;
        if (!isOrdered)
        {
            throw Wrong(metric, "its goodLimit is worse than its limit");
        }

        if (written is not { FailureLimit: >= 0, InconclusiveLimit: >= 0, ConsecutiveErrorLimit: >= 0 })
        {
            throw Wrong(metric, "fewer lines than none are forgiven");
        }

        return written.Checks is < 1
            ? throw Wrong(metric, "it needs a check at least")
            : new ThresholdPolicy
            {
                Direction = metric.Direction,
                GoodLimit = good,
                BadLimit = limit,
                FailureLimit = written.FailureLimit,
                InconclusiveLimit = written.InconclusiveLimit,
                ConsecutiveErrorLimit = written.ConsecutiveErrorLimit,
                Checks = written.Checks ?? Math.Max(1, lines - written.FailureLimit - written.InconclusiveLimit),
            };
    }

    private static RankSumPolicy RanksOf(JudgePolicyFile policy) =>
        policy is { Marginal: >= 0, Pass: <= FullScore } && policy.Marginal <= policy.Pass
            ? new RankSumPolicy
            {
                StandardErrors = 2.326348,
                Tolerance = 0.25,
                Marginal = policy.Marginal,
                Pass = policy.Pass,
                MinPoints = 5,
            }
            : throw Wrong("The policy's scores must be 0 ≤ marginal ≤ pass ≤ 100.");

    private static CommandFailedException Wrong(MetricPolicy metric, string mistake) =>
        Wrong($"The policy of {metric.Name} is wrong: {mistake}.");

    private static CommandFailedException Wrong(string message) =>
        new(ExitCode.Usage, message, "docs/judging.md lists the fields.");

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
