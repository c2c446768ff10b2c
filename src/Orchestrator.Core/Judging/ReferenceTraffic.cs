using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// The A/A phase of a stage: what two halves of its instances answered while one version ran there, for the last hours. It is
/// gathered in place, and lost with who gathers it.
/// </summary>
public sealed class ReferenceTraffic
{
    /// <summary>Sixty of them are ten minutes, the longest block over which noise is measured, of which there must be many.</summary>
    private static readonly TimeSpan Width = TimeSpan.FromSeconds(10);

    /// <summary>Eight hours of errors, and four of latencies, which take twenty times the room.</summary>
    private const int MaxBuckets = 2880;

    private const int MaxHistograms = 1440;

    private readonly Queue<Kept> _errors = new();
    private readonly Queue<KeptHistograms> _latencies = new();
    private TrafficBucket? _open;

    /// <param name="bucket">The first half as canary, the second as control.</param>
    /// <param name="hasLatencies">Whether they are wanted.</param>
    public void Add(TrafficBucket bucket, bool hasLatencies, DateTimeOffset now)
    {
        if (_open is { } open && now - open.From >= Width)
        {
            Close(open with { To = now }, hasLatencies);
            _open = null;
        }

        _open = _open is { } rest ? Sum(rest, bucket) : bucket with { From = now, To = now };
    }

    /// <param name="policy">Of a share, for which hits are errors.</param>
    public Noise OfErrors(MetricPolicy policy) =>
        ReferencePhase.Measure(policy, [.. _errors.Select(kept => kept.ToSample())]);

    /// <param name="policy">Of a quantile.</param>
    public Noise OfLatencies(MetricPolicy policy) =>
        ReferencePhase.Measure(policy, [.. _latencies.Select(kept => kept.ToSample())]);

    private void Close(TrafficBucket bucket, bool hasLatencies)
    {
        Keep(_errors, Kept.Of(bucket), MaxBuckets);
        if (hasLatencies && !bucket.CanaryLatencies.IsEmpty && !bucket.ControlLatencies.IsEmpty)
        {
            Keep(_latencies, KeptHistograms.Of(bucket), MaxHistograms);
        }
    }

    private static void Keep<T>(Queue<T> kept, T one, int most)
    {
        kept.Enqueue(one);
        if (kept.Count > most)
        {
            kept.Dequeue();
        }
    }

    private static TrafficBucket Sum(TrafficBucket left, TrafficBucket right) =>
        new(
            left.From,
            right.To,
            left.CanaryRequests + right.CanaryRequests,
            left.CanaryErrors + right.CanaryErrors,
            left.ControlRequests + right.ControlRequests,
            left.ControlErrors + right.ControlErrors
        )
        {
            CanaryLatencies = Sum(left.CanaryLatencies, right.CanaryLatencies),
            ControlLatencies = Sum(left.ControlLatencies, right.ControlLatencies),
        };

    private static ImmutableArray<long> Sum(ImmutableArray<long> left, ImmutableArray<long> right) =>
        left.Length == right.Length ? [.. left.Zip(right, (one, other) => one + other)] : [];

    private static int Small(long count) => (int)Math.Min(count, int.MaxValue);

    /// <summary>As small as can be, for there are thousands for each stage.</summary>
    private readonly record struct Kept(
        long FromTicks,
        int Ticks,
        int Canary,
        int CanaryHits,
        int Control,
        int ControlHits
    )
    {
        /// <summary>In ten microseconds, so that six hours fit.</summary>
        private const int TicksPerUnit = 100;

        public static Kept Of(TrafficBucket bucket) =>
            new(
                bucket.From.UtcTicks,
                Small((bucket.To - bucket.From).Ticks / TicksPerUnit),
                Small(bucket.CanaryRequests),
                Small(bucket.CanaryErrors),
                Small(bucket.ControlRequests),
                Small(bucket.ControlErrors)
            );

        public MetricSample.Counted ToSample()
        {
            var from = new DateTimeOffset(FromTicks, TimeSpan.Zero);
            return new MetricSample.Counted(
                from,
                from.AddTicks((long)Ticks * TicksPerUnit),
                Canary,
                CanaryHits,
                Control,
                ControlHits
            );
        }
    }

    private readonly record struct KeptHistograms(DateTimeOffset From, DateTimeOffset To, int[] Canary, int[] Control)
    {
        public static KeptHistograms Of(TrafficBucket bucket) =>
            new(
                bucket.From,
                bucket.To,
                [.. bucket.CanaryLatencies.Select(Small)],
                [.. bucket.ControlLatencies.Select(Small)]
            );

        public MetricSample.Histograms ToSample() =>
            new MetricSample.Histograms(
                From,
                To,
                [.. Canary.Select(count => (long)count)],
                [.. Control.Select(count => (long)count)]
            );
    }
}
