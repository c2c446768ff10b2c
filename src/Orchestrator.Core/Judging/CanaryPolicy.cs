using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>How a canary is judged by many metrics; see docs/judging.md.</summary>
public sealed record CanaryPolicy
{
    /// <summary>Probability of failing a canary that is no worse in any metric, over all metrics and looks together.</summary>
    public required double Alpha { get; init; }

    /// <summary>No two of the same name.</summary>
    public required ImmutableArray<MetricPolicy> Metrics { get; init; }

    /// <summary>It may fail before, but not pass.</summary>
    public required TimeSpan MinSoak { get; init; }

    /// <summary>Without a verdict by then, a person decides.</summary>
    public required TimeSpan MaxSoak { get; init; }

    /// <summary>A metric whose newest sample is older passes nobody.</summary>
    public required TimeSpan MaxAge { get; init; }

    /// <summary>Of the metrics that are judged by ranks together; null when there is none.</summary>
    public RankSumPolicy? Ranks { get; init; }

    /// <summary>What critical metrics leave to the pool of the others.</summary>
    public double PooledAlpha => Alpha - Metrics.Sum(metric => metric.Alpha is AlphaUse.Own own ? own.Alpha : 0);

    /// <summary>Why nothing can be judged by this; empty when all is well. Written so that NaN is out of range too.</summary>
    public ImmutableArray<string> Mistakes()
    {
        var mistakes = ImmutableArray.CreateBuilder<string>();
        Check(mistakes, Alpha is > 0 and < 0.5, "alpha must be above 0 and below 0.5");
        Check(
            mistakes,
            MinSoak >= TimeSpan.Zero && MaxSoak >= MinSoak && MaxSoak > TimeSpan.Zero,
            "the maximum soak must be above 0 and not below the minimum"
        );
        Check(mistakes, MaxAge > TimeSpan.Zero, "the age at which data is stale must be above 0");
        Check(mistakes, !Metrics.IsEmpty, "there must be a metric");
        Check(
            mistakes,
            Metrics.Select(metric => metric.Name).Distinct(StringComparer.Ordinal).Count() == Metrics.Length,
            "no two metrics may have the same name"
        );
        var hasPool = Metrics.Any(metric => metric.Alpha is AlphaUse.Pooled);
        Check(
            mistakes,
            hasPool ? PooledAlpha > 0 : PooledAlpha > -Alpha * 1e-9,
            "critical metrics take more of alpha than there is"
        );
        foreach (var metric in Metrics)
        {
            CheckMetric(mistakes, metric);
            mistakes.AddRange(RulePolicies.MistakesOf(metric, Ranks));
        }

        return mistakes.ToImmutable();
    }

    private static void CheckMetric(ImmutableArray<string>.Builder mistakes, MetricPolicy metric)
    {
        Check(mistakes, metric.Beta is > 0 and < 0.5, $"{metric.Name}: beta must be above 0 and below 0.5");
        Check(
            mistakes,
            metric is { ToleratedRatio: >= 1, InferiorRatio: < 1e6 } && metric.InferiorRatio > metric.ToleratedRatio,
            $"{metric.Name}: the tolerated ratio must be 1 at least, and the inferior ratio above it"
        );
        Check(mistakes, metric.MaxSamples >= metric.MinSamples, $"{metric.Name}: more samples needed than allowed");
        Check(
            mistakes,
            metric.JudgedBy is JudgedBy.Evidence
                ? metric.Alpha is AlphaUse.Own { Alpha: > 0 } or AlphaUse.Pooled { Weight: > 0 and < 1e6 }
                : metric.Alpha is AlphaUse.Unused,
            $"{metric.Name}: its alpha or weight must be above 0, and only evidence has them"
        );
        Check(
            mistakes,
            metric.Measure
                is MetricMeasure.Level
                    or MetricMeasure.Share { Acceptable: null or (> 0 and < 1) }
                    or MetricMeasure.Quantile { Probability: > 0 and < 1, Bounds.Length: > 0 },
            $"{metric.Name}: an acceptable share or a probability must be above 0 and below 1"
        );
        Check(
            mistakes,
            metric.Measure is not MetricMeasure.Quantile quantile || IsAscending(quantile.Bounds),
            $"{metric.Name}: the bounds of a histogram must be positive and ascend"
        );
    }

    private static bool IsAscending(ImmutableArray<double> bounds)
    {
        var last = 0.0;
        foreach (var bound in bounds)
        {
            if (!(bound > last && double.IsFinite(bound)))
            {
                return false;
            }

            last = bound;
        }

        return true;
    }

    private static void Check(ImmutableArray<string>.Builder mistakes, bool holds, string mistake)
    {
        if (!holds)
        {
            mistakes.Add(mistake);
        }
    }
}
