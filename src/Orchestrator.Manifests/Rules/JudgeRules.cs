using System.Collections.Immutable;
using System.Globalization;
using FluentValidation;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Drafts;

namespace Orchestrator.Manifests.Rules;

/// <summary>What a judge's fields must be to each other.</summary>
internal sealed class JudgeRules : AbstractValidator<JudgeDraft>
{
    private static readonly string[] OfGateways = ["errors", "latency"];

    public JudgeRules()
    {
        RuleFor(judge => judge.Errors).Custom(CheckAny);
        RuleFor(judge => judge.Latency).Custom(CheckLatency);
        RuleFor(judge => judge.Metrics).Custom(CheckMetrics);
        RuleFor(judge => judge.Thresholds).Custom(OtherRuleChecks.CheckThresholds);
        RuleFor(judge => judge.Ranks).Custom(OtherRuleChecks.CheckRanks);
    }

    private static void CheckAny(bool? errors, ValidationContext<JudgeDraft> context)
    {
        var judge = context.InstanceToValidate;
        if (errors == false && !judge.Latency.IsThere && judge.Metrics.IsEmpty)
        {
            context.Fail(
                "",
                new Complaint(
                    ManifestErrorCodes.NothingToJudge,
                    "Without errors, latency and metrics nothing says whether a canary is good.",
                    "Write 'latency' or 'metrics', or leave 'errors' out."
                )
            );
        }
    }

    private static void CheckLatency(LatencyDraft latency, ValidationContext<JudgeDraft> context)
    {
        if (latency.IsThere && latency.InferiorRatio <= latency.ToleratedRatio)
        {
            context.Fail(".InferiorRatio", InferiorTolerated(latency.InferiorRatio, latency.ToleratedRatio));
        }
    }

    private static void CheckMetrics(ImmutableArray<MetricDraft> metrics, ValidationContext<JudgeDraft> context)
    {
        var seen = new HashSet<string>(OfGateways, StringComparer.Ordinal);
        foreach (var (index, metric) in metrics.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"[{index}]");
            if (metric.Name is { } name && !seen.Add(name))
            {
                context.Fail($"{path}.Name", Taken(name));
            }

            if (metric.InferiorRatio <= metric.ToleratedRatio)
            {
                context.Fail($"{path}.InferiorRatio", InferiorTolerated(metric.InferiorRatio, metric.ToleratedRatio));
            }

            if (metric is { Query: { IsThere: true, Total: { } total }, Kind: { } kind })
            {
                CheckTotal(kind, total, path, context);
            }
        }
    }

    private static void CheckTotal(MetricKind kind, string total, string path, ValidationContext<JudgeDraft> context)
    {
        if (kind == MetricKind.Share == (total.Length == 0))
        {
            context.Fail(
                $"{path}.Query",
                new Complaint(
                    ManifestErrorCodes.TotalUnclear,
                    kind == MetricKind.Share
                        ? "A share needs a total: 'text' asks for the hits, and 'total' for what they are among."
                        : "A level has no total.",
                    kind == MetricKind.Share
                        ? "Write 'total', or 'kind: level'."
                        : "Leave 'total' out, or write 'kind: share'."
                )
            );
        }
    }

    private static Complaint Taken(string name) =>
        new(
            ManifestErrorCodes.DuplicateMetric,
            OfGateways.Contains(name, StringComparer.Ordinal)
                ? $"'{name}' is what gateways measure."
                : $"There is a metric '{name}' before.",
            "Each metric has a name of its own."
        );

    private static Complaint InferiorTolerated(double? inferior, double? tolerated) =>
        new(
            ManifestErrorCodes.InferiorTolerated,
            string.Create(
                CultureInfo.InvariantCulture,
                $"A ratio of {inferior} would be too bad to pass, though {tolerated} is tolerated."
            ),
            "Make inferiorRatio larger than toleratedRatio."
        );
}
