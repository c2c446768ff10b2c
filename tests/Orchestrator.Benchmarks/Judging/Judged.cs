using Orchestrator.Core.Judging;

namespace Orchestrator.Benchmarks.Judging;

/// <summary>The policies that are compared. Ours has α = 0.1 % for three metrics together, half of it for errors, and β = 1 %.</summary>
internal static class Judged
{
    public static readonly CanaryPolicy Policy = new()
    {
        Alpha = 0.001,
        MinSoak = TimeSpan.FromMinutes(5),
        MaxSoak = TimeSpan.FromHours(1),
        MaxAge = TimeSpan.FromMinutes(1),
        Metrics =
        [
            AMetric("errors", new MetricMeasure.Share(Acceptable: null), new AlphaUse.Own(0.0005)) with
            {
                InferiorRatio = 2,
            },
            AMetric(
                "latency p95",
                new MetricMeasure.Quantile(0.95, LatencyTable.Bounds),
                new AlphaUse.Pooled(Weight: 2)
            ),
            AMetric("cpu", new MetricMeasure.Level(), new AlphaUse.Pooled(Weight: 1)),
        ],
    };

    /// <summary>Flagger: 30 checks, a minute each, of which 5 may not be beyond 1 % errors.</summary>
    public static readonly ThresholdPolicy Flagger = AThreshold(checks: 30, failureLimit: 4);

    /// <summary>Argo Rollouts: 12 checks, one of a minute every five, of which none may be beyond 1 % errors.</summary>
    public static readonly ThresholdPolicy Argo = AThreshold(checks: 12, failureLimit: 0);

    /// <summary>Kayenta: a point a minute of the same three metrics, a look every five minutes.</summary>
    public static readonly RankSumPolicy Kayenta = new()
    {
        StandardErrors = 2.326348,
        Tolerance = 0.25,
        Marginal = 75,
        Pass = 95,
        MinPoints = 5,
    };

    private static MetricPolicy AMetric(string name, MetricMeasure measure, AlphaUse alpha) =>
        new()
        {
            Name = name,
            Measure = measure,
            Direction = MetricDirection.HigherIsWorse,
            ToleratedRatio = 1,
            InferiorRatio = 1.5,
            Alpha = alpha,
            Beta = 0.01,
            MinSamples = 1,
            MaxSamples = long.MaxValue,
        };

    private static ThresholdPolicy AThreshold(int checks, int failureLimit) =>
        new()
        {
            Direction = MetricDirection.HigherIsWorse,
            GoodLimit = 0.01,
            BadLimit = 0.01,
            FailureLimit = failureLimit,
            InconclusiveLimit = 0,
            ConsecutiveErrorLimit = 4,
            Checks = checks,
        };
}
