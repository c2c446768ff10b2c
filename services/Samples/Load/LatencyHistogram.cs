namespace Orchestrator.Samples.Load;

/// <summary>Latencies from 1 µs to a minute in buckets 5 % apart, so that memory stays the same however long it runs.</summary>
internal sealed class LatencyHistogram
{
    private const double Growth = 1.05;

    /// <summary>1.05^368 µs is a little more than a minute.</summary>
    private const int Buckets = 369;
    private static readonly double LogGrowth = Math.Log(Growth);

    private readonly long[] _counts = new long[Buckets];
    private long _total;

    public void Add(TimeSpan latency)
    {
        var bucket = (int)Math.Ceiling(Math.Log(Math.Max(latency.TotalMicroseconds, 1)) / LogGrowth);
        _counts[Math.Min(bucket, Buckets - 1)]++;
        _total++;
    }

    /// <summary>The upper bound of the bucket that holds the percentile, in milliseconds; 0 when nothing was measured.</summary>
    public double PercentileMilliseconds(double percentile)
    {
        var rank = (long)Math.Ceiling(percentile / 100 * _total);
        var seen = 0L;
        for (var bucket = 0; bucket < Buckets && rank > 0; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank)
            {
                return Math.Round(Math.Pow(Growth, bucket) / 1000, 3);
            }
        }
        return 0;
    }
}
