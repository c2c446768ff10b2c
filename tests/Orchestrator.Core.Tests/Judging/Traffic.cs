using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Tests.Judging;

/// <summary>Errors as gateways tell them, judged as a stage's policy wants it, with requests that are trusted to be independent.</summary>
internal static class Traffic
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>1/α = 1,000 and 1/β = 20; no worse than the control; 1 % errors are acceptable.</summary>
    public static JudgePolicy APolicy() =>
        new()
        {
            Alpha = 0.001,
            Beta = 0.05,
            ToleratedRatio = 1,
            AcceptableErrorRate = 0.01,
        };

    public static TrafficBucket ABucket(
        long canaryRequests,
        long canaryErrors,
        long controlRequests,
        long controlErrors
    ) => new(Noon, Noon.AddSeconds(1), canaryRequests, canaryErrors, controlRequests, controlErrors);

    public static TrafficBucket[] Repeated(this TrafficBucket bucket, int times) =>
        [.. Enumerable.Repeat(bucket, times)];

    /// <summary>Second by second, one after the other; judged when the last is over, long after the bake.</summary>
    public static Judgement Judge(JudgePolicy policy, params TrafficBucket[] buckets) =>
        Judge(policy, minimumRequests: 0, hasBaked: true, buckets);

    public static Judgement Judge(
        JudgePolicy policy,
        int minimumRequests,
        bool hasBaked,
        params TrafficBucket[] buckets
    )
    {
        var step = new CanaryStep
        {
            Instances = 1,
            WeightPercent = 10,
            Bake = TimeSpan.FromMinutes(1),
            MinimumRequests = minimumRequests,
            JudgeWithin = TimeSpan.FromDays(1),
        };
        var now = Noon.AddSeconds(buckets.Length);
        return CanaryJudge.Judge(
            new JudgeInputs
            {
                Policy = StageJudge.PolicyOf(policy, step),
                Noises = [Noise.Independent(TimeSpan.Zero)],
                Observations =
                [
                    .. buckets.Select((bucket, index) => new MetricObservation(Metric: 0, SampleOf(bucket, index))),
                ],
                Began = hasBaked ? now - step.Bake : now,
                Now = now,
            }
        );
    }

    public static MetricFinding Errors(this Judgement judgement) => judgement.Metrics[0];

    public static MetricSample.Counted SampleOf(TrafficBucket bucket, int second) =>
        new(
            Noon.AddSeconds(second),
            Noon.AddSeconds(second + 1),
            bucket.CanaryRequests,
            bucket.CanaryErrors,
            bucket.ControlRequests,
            bucket.ControlErrors
        );
}
