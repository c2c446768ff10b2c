using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What limits and ranks must be to the metrics that a stage judges.</summary>
internal static class OtherRuleChecks
{
    public static void CheckThresholds(
        ImmutableArray<ThresholdsDraft> thresholds,
        ValidationContext<JudgeDraft> context
    )
    {
        var judge = context.InstanceToValidate;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, limits) in thresholds.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"[{index}]");
            if (limits.Metric is not { } metric)
            {
                continue;
            }

            if (!IsJudged(judge, metric))
            {
                context.Fail($"{path}.Metric", NotJudged(metric));
            }
            else if (!seen.Add(metric))
            {
                context.Fail($"{path}.Metric", Twice(metric));
            }
            else
            {
                CheckLimits(judge, limits, metric, path, context);
            }
        }
    }

    public static void CheckRanks(RanksDraft ranks, ValidationContext<JudgeDraft> context)
    {
        if (!ranks.IsThere)
        {
            return;
        }

        var judge = context.InstanceToValidate;
        var seen = judge.Thresholds.Select(limits => limits.Metric).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var (index, metric) in ranks.Metrics.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $".Metrics[{index}]");
            if (metric is not null && !IsJudged(judge, metric))
            {
                context.Fail(path, NotJudged(metric));
            }
            else if (metric is not null && !seen.Add(metric))
            {
                context.Fail(path, Twice(metric));
            }
        }

        // Without any metric that is what is missing.
        foreach (var (index, metric) in ranks.Metrics.IsEmpty ? [] : ranks.Critical.Index())
        {
            if (metric is not null && !ranks.Metrics.Contains(metric, StringComparer.Ordinal))
            {
                context.Fail(string.Create(CultureInfo.InvariantCulture, $".Critical[{index}]"), NotRanked(metric));
            }
        }

        if (ranks.Pass < ranks.Marginal)
        {
            context.Fail(
                ".Pass",
                Reversed("A score would pass that is marginal or worse.", "Make 'pass' no lower than 'marginal'.")
            );
        }
    }

    private static void CheckLimits(
        JudgeDraft judge,
        ThresholdsDraft limits,
        string metric,
        string path,
        ValidationContext<JudgeDraft> context
    )
    {
        var isLowerWorse = judge.Metrics.FirstOrDefault(each => each.Name == metric)?.Worse == true;
        if (isLowerWorse ? limits.GoodLimit < limits.Limit : limits.GoodLimit > limits.Limit)
        {
            context.Fail(
                $"{path}.GoodLimit",
                Reversed(
                    $"A check of '{metric}' would be good beyond the limit from which on it is bad.",
                    $"Of what is worse when it is {(isLowerWorse ? "lower, 'goodLimit' is no lower" : "higher, 'goodLimit' is no higher")} than 'limit'."
                )
            );
        }

        if (MostOf(judge, metric) is { } most && (limits.Limit < 0 || limits.Limit > most))
        {
            context.Fail(
                $"{path}.Limit",
                new Complaint(
                    ManifestErrorCodes.LimitOutOfReach,
                    string.Create(CultureInfo.InvariantCulture, $"'{metric}' is from 0 to {most}."),
                    metric == StageJudge.Latency
                        ? "Write the limit in milliseconds; what takes longer than that gateways do not tell apart."
                        : "Write a share such as 0.01, which is 1 %."
                )
            );
        }
    }

    /// <summary>Null for a level, which may be any number.</summary>
    private static double? MostOf(JudgeDraft judge, string metric) =>
        metric switch
        {
            StageJudge.Errors => 1,
            StageJudge.Latency => TrafficBucket.LatencyBounds[^1],
            _ => judge.Metrics.FirstOrDefault(each => each.Name == metric)?.Kind == MetricKind.Share ? 1 : null,
        };

    private static bool IsJudged(JudgeDraft judge, string metric) =>
        metric switch
        {
            StageJudge.Errors => judge.Errors != false,
            StageJudge.Latency => judge.Latency.IsThere,
            _ => judge.Metrics.Any(each => each.Name == metric),
        };

    private static Complaint NotJudged(string metric) =>
        new(
            ManifestErrorCodes.RuleUnclear,
            $"There is a rule for '{metric}', which is not judged here.",
            metric switch
            {
                StageJudge.Errors => "Leave 'errors: false' out, or the rule.",
                StageJudge.Latency => "Write 'latency: {quantile: 0.95}' beside it.",
                _ => "Name a metric of 'judge.metrics', or 'errors' or 'latency'.",
            }
        );

    private static Complaint Twice(string metric) =>
        new(
            ManifestErrorCodes.RuleUnclear,
            $"There are two rules for '{metric}'.",
            "Keep the one that is meant: one entry of 'thresholds', or 'ranks'."
        );

    private static Complaint NotRanked(string metric) =>
        new(
            ManifestErrorCodes.RuleUnclear,
            $"'{metric}' is critical, and not among the metrics that are judged by ranks.",
            "Write it in 'ranks.metrics' too."
        );

    private static Complaint Reversed(string message, string hint) =>
        new(ManifestErrorCodes.LimitsReversed, message, hint);
}
