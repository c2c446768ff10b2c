using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

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

    public static TrafficBucket Later(this TrafficBucket bucket, int seconds) =>
        bucket with
        {
            From = bucket.From.AddSeconds(seconds),
            To = bucket.To.AddSeconds(seconds),
        };

    public static TrafficBucket[] Repeated(this TrafficBucket bucket, int times) =>
        [.. Enumerable.Repeat(bucket, times)];

    /// <summary>Judged long after the bake, with no minimum of requests.</summary>
    public static Verdict Judge(JudgePolicy policy, params TrafficBucket[] buckets) =>
        ErrorJudge.Judge(policy, minimumRequests: 0, hasBaked: true, buckets);
}
