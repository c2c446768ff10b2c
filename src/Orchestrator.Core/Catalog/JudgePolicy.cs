using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>How canaries of a stage are judged; see docs/judging.md.</summary>
public sealed record JudgePolicy
{
    /// <summary>Probability of failing a version that is no worse, over the whole step and all metrics; above 0, below 0.5.</summary>
    public required double Alpha { get; init; }

    /// <summary>Probability of passing a version that is not good enough, for each metric; above 0, below 0.5.</summary>
    public required double Beta { get; init; }

    /// <summary>Error-rate ratio canary to control that is still tolerated, r0; at least 1.</summary>
    public required double ToleratedRatio { get; init; }

    /// <summary>Error rate below which a canary is acceptable whatever the control does; above 0, below 1.</summary>
    public required double AcceptableErrorRate { get; init; }

    /// <summary>Whether gateways say how many requests failed. Without it there is another metric.</summary>
    public bool CountsErrors { get; init; } = true;

    /// <summary>Null when latency is not judged.</summary>
    public LatencyRule? Latency { get; init; }

    /// <summary>Metrics that others measure; no two of the same name.</summary>
    public ImmutableArray<MetricRule> Metrics { get; init; } = [];

    public UnmeasuredNoise UntilMeasured { get; init; }

    /// <summary>Metrics that are judged by fixed limits instead of evidence; each is judged at the stage, and here once.</summary>
    public ImmutableArray<MetricThresholds> Thresholds { get; init; } = [];

    /// <summary>Metrics that are judged by ranks instead of evidence, none of which has thresholds; null for none.</summary>
    public MetricRanks? Ranks { get; init; }
}

/// <summary>What is believed of requests as long as nobody has measured how much a stage's arms differ by chance.</summary>
public enum UnmeasuredNoise
{
    /// <summary>Each is by itself.</summary>
    Trust,

    /// <summary>They may fail in bursts: a canary that looks worse is held, and fails on what bursts cannot explain.</summary>
    Doubt,
}

/// <summary>A quantile of what gateways measured.</summary>
/// <param name="Quantile">Above 0, below 1.</param>
/// <param name="ToleratedRatio">r0, at least 1.</param>
/// <param name="InferiorRatio">r1, above r0.</param>
public sealed record LatencyRule(double Quantile, double ToleratedRatio, double InferiorRatio)
{
    /// <summary>From the canary's first request on, what is slow because it is new does not count; not negative.</summary>
    public TimeSpan WarmUp { get; init; }
}

/// <summary>A metric that is measured elsewhere.</summary>
public sealed record MetricRule
{
    public required string Name { get; init; }

    public required MetricKind Kind { get; init; }

    public required bool IsLowerWorse { get; init; }

    /// <summary>r0, at least 1.</summary>
    public required double ToleratedRatio { get; init; }

    /// <summary>r1, above r0.</summary>
    public required double InferiorRatio { get; init; }

    /// <summary>Of the canary before it may pass: requests, or points of a level; at least 1.</summary>
    public required long MinimumSamples { get; init; }

    public required MetricSource Source { get; init; }
}

public enum MetricKind
{
    /// <summary>Hits among a total, such as failed payments among payments.</summary>
    Share,

    /// <summary>A positive number, such as the seconds of CPU for a request.</summary>
    Level,
}

/// <summary>Where a metric comes from.</summary>
public abstract record MetricSource
{
    private MetricSource() { }

    /// <summary>Somebody sends samples, such as a CI job.</summary>
    public sealed record Push : MetricSource;

    /// <summary>A provider that the control plane knows by name is asked, for one version at a time.</summary>
    /// <param name="Text">
    /// The question, with <c>{{service}}</c>, <c>{{version}}</c>, <c>{{stage}}</c> and <c>{{instances}}</c> in it. For a share it gives the hits.
    /// </param>
    /// <param name="TotalText">For a share, what the hits are among; empty for a level.</param>
    /// <param name="Every">Between questions; more than zero.</param>
    public sealed record Query(string Provider, string Text, string TotalText, TimeSpan Every) : MetricSource;
}
