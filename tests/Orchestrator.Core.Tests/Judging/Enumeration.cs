using Orchestrator.Core.Judging;
using static Orchestrator.Core.Tests.Judging.Traffic;

namespace Orchestrator.Core.Tests.Judging;

/// <summary>Every way in which the requests of some buckets can fail, with its probability.</summary>
internal static class Enumeration
{
    public static double Binomial(long hits, long trials, double probability)
    {
        var ways = 1.0;
        for (var index = 1; index <= hits; index++)
        {
            ways *= (double)(trials - hits + index) / index;
        }

        return ways * Math.Pow(probability, hits) * Math.Pow(1 - probability, trials - hits);
    }

    /// <param name="sizes">Requests of canary and control, and each arm's error rate, per bucket.</param>
    public static IEnumerable<(double Probability, TrafficBucket[] Buckets)> Outcomes(params ArmSizes[] sizes) =>
        sizes.Aggregate<ArmSizes, IEnumerable<(double Probability, TrafficBucket[] Buckets)>>(
            [(1.0, [])],
            (paths, size) =>
                from path in paths
                from next in OfOne(size)
                select (path.Probability * next.Probability, (TrafficBucket[])[.. path.Buckets, next.Bucket])
        );

    private static IEnumerable<(double Probability, TrafficBucket Bucket)> OfOne(ArmSizes size) =>
        from canaryErrors in Enumerable.Range(0, size.Canary + 1)
        from controlErrors in Enumerable.Range(0, size.Control + 1)
        select (
            Binomial(canaryErrors, size.Canary, size.CanaryRate)
                * Binomial(controlErrors, size.Control, size.ControlRate),
            ABucket(size.Canary, canaryErrors, size.Control, controlErrors)
        );
}

internal readonly record struct ArmSizes(int Canary, double CanaryRate, int Control, double ControlRate);
