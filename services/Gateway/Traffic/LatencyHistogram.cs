using Orchestrator.Contracts.Bus;

namespace Orchestrator.Gateway.Traffic;

/// <summary>Counts latencies from the gateway's start on, in the buckets of a sample; one increment per latency.</summary>
internal sealed class LatencyHistogram
{
    public static readonly int BucketCount = TrafficSample.LatencyBoundsMilliseconds.Count + 1;

    private static readonly double[] Bounds = [.. TrafficSample.LatencyBoundsMilliseconds];

    private readonly long[] _counts = new long[BucketCount];
    private long _ticks;

    /// <summary>Of all latencies; may be ahead of the counts by those that are being counted.</summary>
    public TimeSpan Sum => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public void Count(TimeSpan latency)
    {
        Interlocked.Add(ref _ticks, latency.Ticks);
        Interlocked.Increment(ref _counts[BucketOf(latency)]);
    }

    public long[] Read()
    {
        var counts = new long[BucketCount];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Interlocked.Read(ref _counts[i]);
        }

        return counts;
    }

    /// <summary>A latency that equals a bound belongs to it.</summary>
    private static int BucketOf(TimeSpan latency)
    {
        var bucket = Array.BinarySearch(Bounds, latency.TotalMilliseconds);
        return bucket < 0 ? ~bucket : bucket;
    }
}
