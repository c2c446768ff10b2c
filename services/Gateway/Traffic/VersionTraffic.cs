using Orchestrator.Contracts.Bus;

namespace Orchestrator.Gateway.Traffic;

internal readonly record struct VersionKey(string Stage, string Service, string Version);

/// <summary>
/// What a version answered since the gateway started. One increment per request, in one of several histograms: so whoever
/// reads in between never sees more errors than requests.
/// </summary>
internal sealed class VersionTraffic(VersionKey key)
{
    private long[] _answeredBefore = new long[LatencyHistogram.BucketCount];
    private long[] _failedBefore = new long[LatencyHistogram.BucketCount];
    private long[] _partAnsweredBefore = new long[LatencyHistogram.BucketCount];
    private long[] _partFailedBefore = new long[LatencyHistogram.BucketCount];
    private readonly LatencyHistogram _partAnswered = new();
    private readonly LatencyHistogram _partFailed = new();

    public VersionKey Key => key;

    public LatencyHistogram Answered { get; } = new();

    public LatencyHistogram Failed { get; } = new();

    /// <summary>Requests that insisted on the version. No draw sent them there, so they say nothing about it against another.</summary>
    public LatencyHistogram NamedAnswered { get; } = new();

    public LatencyHistogram NamedFailed { get; } = new();

    /// <param name="isToldApart">Whether the instance's answers are.</param>
    public void Count(TimeSpan latency, bool isError, bool isNamed, bool isToldApart)
    {
        (
            (isNamed, isError) switch
            {
                (false, false) => Answered,
                (false, true) => Failed,
                (true, false) => NamedAnswered,
                (true, true) => NamedFailed,
            }
        ).Count(latency);
        // After the whole, and read before it: a part is never more than it.
        if (isToldApart && !isNamed)
        {
            (isError ? _partFailed : _partAnswered).Count(latency);
        }
    }

    /// <summary>What was drawn to it since it was last taken, or null when that is nothing. One caller at a time.</summary>
    public TrafficSample? Take()
    {
        var part = TakePart();
        var counts = new long[LatencyHistogram.BucketCount];
        var answered = AddDifference(Answered, ref _answeredBefore, counts);
        var failed = AddDifference(Failed, ref _failedBefore, counts);
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
                Part = part,
            };
    }

    private PartSample? TakePart()
    {
        var counts = new long[LatencyHistogram.BucketCount];
        var answered = AddDifference(_partAnswered, ref _partAnsweredBefore, counts);
        var failed = AddDifference(_partFailed, ref _partFailedBefore, counts);
        return answered + failed == 0 ? null : new PartSample(answered + failed, failed, counts);
    }

    private static long AddDifference(LatencyHistogram histogram, ref long[] before, long[] counts)
    {
        var now = histogram.Read();
        var sum = 0L;
        for (var i = 0; i < now.Length; i++)
        {
            counts[i] += now[i] - before[i];
            sum += now[i] - before[i];
        }

        before = now;
        return sum;
    }
}
