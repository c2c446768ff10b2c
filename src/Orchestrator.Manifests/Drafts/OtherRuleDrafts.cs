using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

/// <summary>Fixed limits of one metric.</summary>
internal sealed record ThresholdsDraft
{
    public required string? Metric { get; init; }

    public required double? Limit { get; init; }

    /// <summary>The limit itself if it is not there.</summary>
    public required double? GoodLimit { get; init; }

    public required TimeSpan? Every { get; init; }

    public required int? Checks { get; init; }

    public required int? FailureLimit { get; init; }

    public required int? InconclusiveLimit { get; init; }

    public required int? ConsecutiveErrorLimit { get; init; }

    public static ThresholdsDraft Read(Fields limits)
    {
        var usual = ManifestDefaults.Thresholds;
        var limit = limits.Number("limit", double.NaN);
        return new ThresholdsDraft
        {
            Metric = limits.Text<string>("metric", Names.Metric),
            Limit = limit,
            GoodLimit = limits.Number("goodLimit", limit ?? double.NaN),
            Every = limits.Value("every", PointsDraft.Every, usual.Every),
            Checks = limits.Whole("checks", usual.Checks),
            FailureLimit = limits.Whole("failureLimit", usual.FailureLimit),
            InconclusiveLimit = limits.Whole("inconclusiveLimit", usual.InconclusiveLimit),
            ConsecutiveErrorLimit = limits.Whole("consecutiveErrorLimit", usual.ConsecutiveErrorLimit),
        };
    }

    public MetricThresholds ToLimits() =>
        new()
        {
            Metric = Draft.Known(Metric),
            Limit = Draft.Known(Limit),
            GoodLimit = Draft.Known(GoodLimit),
            Every = Draft.Known(Every),
            Checks = Draft.Known(Checks),
            FailureLimit = Draft.Known(FailureLimit),
            InconclusiveLimit = Draft.Known(InconclusiveLimit),
            ConsecutiveErrorLimit = Draft.Known(ConsecutiveErrorLimit),
        };
}

/// <summary>Mann–Whitney over some of the metrics.</summary>
internal sealed record RanksDraft(bool IsThere)
{
    /// <summary>In their places; null for one that is wrong.</summary>
    public required ImmutableArray<string?> Metrics { get; init; }

    /// <summary>In their places; null for one that is wrong.</summary>
    public required ImmutableArray<string?> Critical { get; init; }

    public required TimeSpan? Every { get; init; }

    public required int? MinimumPoints { get; init; }

    public required double? Confidence { get; init; }

    public required double? Tolerance { get; init; }

    public required double? Marginal { get; init; }

    public required double? Pass { get; init; }

    public static RanksDraft Read(Fields ranks)
    {
        var usual = ManifestDefaults.Ranks;
        return new RanksDraft(ranks.AreThere)
        {
            Metrics = ranks.Texts<string>("metrics", Names.Metric),
            Critical = ranks.Texts<string>("critical", Names.Metric),
            Every = ranks.Value("every", PointsDraft.Every, usual.Every),
            MinimumPoints = ranks.Whole("minimumPoints", usual.MinimumPoints),
            Confidence = ranks.Number("confidence", usual.Confidence),
            Tolerance = ranks.Number("tolerance", usual.Tolerance),
            Marginal = ranks.Number("marginal", usual.Marginal),
            Pass = ranks.Number("pass", usual.Pass),
        };
    }

    public MetricRanks ToRanks() =>
        new()
        {
            Metrics = [.. Metrics.Select(Draft.Known)],
            Critical = [.. Critical.Select(Draft.Known)],
            Every = Draft.Known(Every),
            MinimumPoints = Draft.Known(MinimumPoints),
            Confidence = Draft.Known(Confidence),
            Tolerance = Draft.Known(Tolerance),
            Marginal = Draft.Known(Marginal),
            Pass = Draft.Known(Pass),
        };
}

internal static class PointsDraft
{
    /// <summary>Gateways tell every second, and providers are asked every five at most.</summary>
    public static readonly ReadValue<TimeSpan> Every = Durations.Between(
        TimeSpan.FromSeconds(5),
        TimeSpan.FromHours(1)
    );
}
