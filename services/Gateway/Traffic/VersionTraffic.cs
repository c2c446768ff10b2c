using Orchestrator.Contracts.Bus;

namespace Orchestrator.Gateway.Traffic;

internal readonly record struct VersionKey(string Stage, string Service, string Version);

/// <summary>
/// What a version answered since the gateway started. One increment per request, in one of two histograms: so whoever
/// reads in between never sees more errors than requests.
/// </summary>
internal sealed class VersionTraffic(VersionKey key)
{
    private static readonly double[] Bounds = [.. TrafficSample.LatencyBoundsMilliseconds];

    private readonly long[] _answered = new long[Bounds.Length + 1];
    private readonly long[] _failed = new long[Bounds.Length + 1];
    private readonly long[] _answeredBefore = new long[Bounds.Length + 1];
    private readonly long[] _failedBefore = new long[Bounds.Length + 1];

    public VersionKey Key => key;

    public void Count(TimeSpan latency, bool isError) =>
        Interlocked.Increment(ref (isError ? _failed : _answered)[BucketOf(latency)]);

    /// <summary>What was counted since it was last taken, or null when that is nothing. One caller at a time.</summary>
    public TrafficSample? Take()
    {
        var counts = new long[Bounds.Length + 1];
        var answered = AddDifference(_answered, _answeredBefore, counts);
        var failed = AddDifference(_failed, _failedBefore, counts);
        return answered + failed == 0
            ? null
            : new TrafficSample
            {
                Service = key.Service,
                Stage = key.Stage,
                Version = key.Version,
                Requests = answered + failed,
                Errors = failed,
                LatencyCounts = counts,
            };
    }

    private static long AddDifference(long[] current, long[] before, long[] counts)
    {
        var sum = 0L;
        for (var i = 0; i < current.Length; i++)
        {
            var now = Interlocked.Read(ref current[i]);
            counts[i] += now - before[i];
            sum += now - before[i];
            before[i] = now;
        }

        return sum;
    }

    /// <summary>A latency that equals a bound belongs to it.</summary>
    private static int BucketOf(TimeSpan latency)
    {
        var bucket = Array.BinarySearch(Bounds, latency.TotalMilliseconds);
        return bucket < 0 ? ~bucket : bucket;
    }
}
