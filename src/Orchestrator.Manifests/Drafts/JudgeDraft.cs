using System.Collections.Frozen;
using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record JudgeDraft(double? Alpha, double? Beta, double? ToleratedRatio, double? AcceptableErrorRate)
{
    private static readonly FrozenDictionary<string, UnmeasuredNoise> Beliefs = new Dictionary<string, UnmeasuredNoise>(
        StringComparer.Ordinal
    )
    {
        ["trust"] = UnmeasuredNoise.Trust,
        ["doubt"] = UnmeasuredNoise.Doubt,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public required bool? Errors { get; init; }

    public required UnmeasuredNoise? UntilMeasured { get; init; }

    public required LatencyDraft Latency { get; init; }

    public required ImmutableArray<MetricDraft> Metrics { get; init; }

    public required ImmutableArray<ThresholdsDraft> Thresholds { get; init; }

    public required RanksDraft Ranks { get; init; }

    public static JudgeDraft Read(Fields judge) =>
        new(
            judge.Number("alpha", ManifestDefaults.Judge.Alpha),
            judge.Number("beta", ManifestDefaults.Judge.Beta),
            judge.Number("toleratedRatio", ManifestDefaults.Judge.ToleratedRatio),
            judge.Number("acceptableErrorRate", ManifestDefaults.Judge.AcceptableErrorRate)
        )
        {
            Errors = judge.Flag("errors", ManifestDefaults.Judge.CountsErrors),
            UntilMeasured = judge.Choice("untilMeasured", Beliefs, ManifestDefaults.Judge.UntilMeasured),
            Latency = LatencyDraft.Read(judge.Object("latency")),
            Metrics = [.. judge.Objects("metrics").Select(MetricDraft.Read)],
            Thresholds = [.. judge.Objects("thresholds").Select(ThresholdsDraft.Read)],
            Ranks = RanksDraft.Read(judge.Object("ranks")),
        };
}

internal sealed record LatencyDraft(bool IsThere, double? Quantile, double? ToleratedRatio, double? InferiorRatio)
{
    public required TimeSpan? WarmUp { get; init; }

    public static LatencyDraft Read(Fields latency) =>
        new(
            latency.AreThere,
            latency.Number("quantile", ManifestDefaults.Latency.Quantile),
            latency.Number("toleratedRatio", ManifestDefaults.Latency.ToleratedRatio),
            latency.Number("inferiorRatio", ManifestDefaults.Latency.InferiorRatio)
        )
        {
            WarmUp = latency.Value(
                "warmUp",
                Durations.Between(TimeSpan.Zero, TimeSpan.FromHours(1)),
                ManifestDefaults.Latency.WarmUp
            ),
        };
}

internal sealed record MetricDraft(double? ToleratedRatio, double? InferiorRatio)
{
    private static readonly FrozenDictionary<string, MetricKind> Kinds = new Dictionary<string, MetricKind>(
        StringComparer.Ordinal
    )
    {
        ["share"] = MetricKind.Share,
        ["level"] = MetricKind.Level,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, bool> Directions = new Dictionary<string, bool>(
        StringComparer.Ordinal
    )
    {
        ["higher"] = false,
        ["lower"] = true,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public required string? Name { get; init; }

    public required MetricKind? Kind { get; init; }

    public required bool? Worse { get; init; }

    public required int? MinimumSamples { get; init; }

    public required QueryDraft Query { get; init; }

    public static MetricDraft Read(Fields metric) =>
        new(
            metric.Number("toleratedRatio", ManifestDefaults.MetricToleratedRatio),
            metric.Number("inferiorRatio", ManifestDefaults.MetricInferiorRatio)
        )
        {
            Name = metric.Text<string>("name", Names.Metric),
            Kind = metric.Choice("kind", Kinds, ManifestDefaults.MetricKind),
            Worse = metric.Choice("worse", Directions, fallback: false),
            MinimumSamples = metric.Whole("minimumSamples", ManifestDefaults.MetricMinimumSamples),
            Query = QueryDraft.Read(metric.Object("query")),
        };
}

/// <param name="IsThere">Else somebody sends samples.</param>
internal sealed record QueryDraft(bool IsThere)
{
    public required string? Provider { get; init; }

    public required string? Text { get; init; }

    public required string? Total { get; init; }

    public required TimeSpan? Every { get; init; }

    public static QueryDraft Read(Fields query) =>
        new(query.AreThere)
        {
            Provider = query.Text<string>("provider", Names.Metric),
            Text = query.Text<string>("text", QueryTexts.Read),
            Total = query.Text("total", QueryTexts.Read, fallback: ""),
            Every = query.Value(
                "every",
                Durations.Between(TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)),
                ManifestDefaults.QueryEvery
            ),
        };
}
