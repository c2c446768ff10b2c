using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// The A/A phase of a stage: what two halves of its instances answered while one version ran there, for the last hours. It is
/// gathered in place, and told page by page, so that whoever gathers on lacks five minutes at most.
/// </summary>
public sealed class ReferenceTraffic
{
    /// <summary>Sixty of them are ten minutes, the longest block over which noise is measured, of which there must be many.</summary>
    private static readonly TimeSpan Width = TimeSpan.FromSeconds(10);

    /// <summary>Eight hours of errors, and four of latencies, which take twenty times the room.</summary>
    private const int MaxBuckets = 2880;

    private const int MaxHistograms = 1440;

    /// <summary>Five minutes: to store every bucket would be a row in ten seconds for each stage.</summary>
    private const int BucketsInPage = 30;

    /// <summary>Of all that is remembered. A page has its place among so many, and takes that of the one it follows after a round.</summary>
    public const int Pages = MaxBuckets / BucketsInPage;

    private readonly List<MetricSample> _pageErrors = [];
    private readonly List<MetricSample> _pageLatencies = [];
    private readonly Queue<Kept> _errors = new();
    private readonly Queue<KeptHistograms> _latencies = new();
    private TrafficBucket? _open;
    private long _nextPage;

    /// <param name="pages">What was told of it, in any order.</param>
    public static ReferenceTraffic From(IEnumerable<ReferencePage> pages)
    {
        var reference = new ReferenceTraffic();
        foreach (var page in pages.OrderBy(page => page.Number))
        {
            foreach (var errors in page.Errors.OfType<MetricSample.Counted>())
            {
                Keep(reference._errors, Kept.Of(errors), MaxBuckets);
            }

            foreach (var latencies in page.Latencies.OfType<MetricSample.Histograms>())
            {
                Keep(reference._latencies, KeptHistograms.Of(latencies), MaxHistograms);
            }

            reference._nextPage = page.Number + 1;
        }

        return reference;
    }

    /// <summary>The page that this completes, to be stored; null while there is none.</summary>
    /// <param name="bucket">The first half as canary, the second as control.</param>
    /// <param name="hasLatencies">Whether they are wanted.</param>
    public ReferencePage? Add(TrafficBucket bucket, bool hasLatencies, DateTimeOffset now)
    {
        if (_open is { } open && now - open.From >= Width)
        {
            Close(open with { To = now }, hasLatencies);
            _open = null;
        }

        _open = _open is { } rest ? Sum(rest, bucket) : bucket with { From = now, To = now };
        return _pageErrors.Count < BucketsInPage ? null : TakePage();
    }

    /// <param name="policy">Of a share, for which hits are errors.</param>
    public Noise OfErrors(MetricPolicy policy) =>
        ReferencePhase.Measure(policy, [.. _errors.Select(kept => kept.ToSample())]);

    /// <param name="policy">Of a quantile.</param>
    public Noise OfLatencies(MetricPolicy policy) =>
        ReferencePhase.Measure(policy, [.. _latencies.Select(kept => kept.ToSample())]);

    private ReferencePage TakePage()
    {
        var page = new ReferencePage(_nextPage, [.. _pageErrors], [.. _pageLatencies]);
        _nextPage++;
        _pageErrors.Clear();
        _pageLatencies.Clear();
        return page;
    }

    private void Close(TrafficBucket bucket, bool hasLatencies)
    {
        var errors = new MetricSample.Counted(
            bucket.From,
            bucket.To,
            bucket.CanaryRequests,
            bucket.CanaryErrors,
            bucket.ControlRequests,
            bucket.ControlErrors
        );
        Keep(_errors, Kept.Of(errors), MaxBuckets);
        _pageErrors.Add(errors);
        if (hasLatencies && !bucket.CanaryLatencies.IsEmpty && !bucket.ControlLatencies.IsEmpty)
        {
            var latencies = new MetricSample.Histograms(
                bucket.From,
                bucket.To,
                bucket.CanaryLatencies,
                bucket.ControlLatencies
            );
            Keep(_latencies, KeptHistograms.Of(latencies), MaxHistograms);
            _pageLatencies.Add(latencies);
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

        public static Kept Of(MetricSample.Counted errors) =>
            new(
                errors.From.UtcTicks,
                Small((errors.To - errors.From).Ticks / TicksPerUnit),
                Small(errors.CanaryTotal),
                Small(errors.CanaryHits),
                Small(errors.ControlTotal),
                Small(errors.ControlHits)
            );

        private static int Small(long count) => (int)Math.Min(count, int.MaxValue);

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

    private readonly record struct KeptHistograms(
        DateTimeOffset From,
        DateTimeOffset To,
        PackedHistogram Canary,
        PackedHistogram Control
    )
    {
        public static KeptHistograms Of(MetricSample.Histograms latencies) =>
            new(
                latencies.From,
                latencies.To,
                PackedHistogram.Of(latencies.Canary),
                PackedHistogram.Of(latencies.Control)
            );

        public MetricSample.Histograms ToSample() => new(From, To, Canary.Unpacked(), Control.Unpacked());
    }
}
