using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>How one metric of a canary is judged.</summary>
public sealed record MetricPolicy
{
    public required string Name { get; init; }

    public required MetricMeasure Measure { get; init; }

    public required MetricDirection Direction { get; init; }

    /// <summary>r0, how many times the control's a canary may be before it fails; at least 1.</summary>
    public required double ToleratedRatio { get; init; }

    /// <summary>r1, how many times the control's a canary must be shown not to be before it passes; above r0.</summary>
    public required double InferiorRatio { get; init; }

    /// <summary><see cref="AlphaUse.Unused"/> just where it is not judged by evidence.</summary>
    public required AlphaUse Alpha { get; init; }

    /// <summary>Probability of passing a canary that is r1 times the control or worse; above 0, below 0.5.</summary>
    public required double Beta { get; init; }

    /// <summary>Of the canary before it may pass: requests, or points of a level.</summary>
    public required long MinSamples { get; init; }

    /// <summary>Of the canary, after which more will not help and a person decides.</summary>
    public required long MaxSamples { get; init; }

    /// <summary>By anything but evidence, r0, r1 and β have no part in it.</summary>
    public JudgedBy JudgedBy { get; init; } = new JudgedBy.Evidence();
}

/// <summary>What kind of number a metric is.</summary>
public abstract record MetricMeasure
{
    private MetricMeasure() { }

    /// <summary>Hits among requests, such as errors. Compared by the ratio of the arms' shares.</summary>
    /// <param name="Acceptable">A share below which a canary passes whatever the control does; null if there is none.</param>
    public sealed record Share(double? Acceptable) : MetricMeasure;

    /// <summary>A quantile of histograms, such as p95 of the latency. Compared by the ratio of the arms' quantiles.</summary>
    /// <param name="Probability">Above 0, below 1.</param>
    /// <param name="Bounds">Upper bounds of all buckets but the last, ascending; finer than the ratios.</param>
    public sealed record Quantile(double Probability, ImmutableArray<double> Bounds) : MetricMeasure;

    /// <summary>A positive number for each arm and interval, such as the mean of CPU used. Compared by its ratio.</summary>
    public sealed record Level : MetricMeasure;
}

public enum MetricDirection
{
    HigherIsWorse,
    LowerIsWorse,
}

/// <summary>Which part of the risk of failing a good canary a metric has.</summary>
public abstract record AlphaUse
{
    private AlphaUse() { }

    /// <summary>A critical metric's own part of the policy's α.</summary>
    public sealed record Own(double Alpha) : AlphaUse;

    /// <summary>A part of the evidence of all such metrics together, which have what is left of α.</summary>
    /// <param name="Weight">Against the others'; positive.</param>
    public sealed record Pooled(double Weight) : AlphaUse;

    /// <summary>For a metric that is judged by a rule that knows no α.</summary>
    public sealed record Unused : AlphaUse;
}
