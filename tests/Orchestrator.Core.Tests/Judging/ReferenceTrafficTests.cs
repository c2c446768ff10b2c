using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Tests.Judging;

public sealed class ReferenceTrafficTests
{
    private const int Seconds = 10;
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly CanaryPolicy Policy = StageJudge.PolicyOf(
        Traffic.APolicy() with
        {
            Latency = new LatencyRule(0.95, 1, 1.5),
        },
        step: null
    );

    private static MetricPolicy Errors => Policy.Metrics[0];

    private static MetricPolicy Latency => Policy.Metrics[1];

    [Fact]
    public void Errors_by_themselves_let_every_request_count_and_errors_in_bursts_do_not()
    {
        var independent = Gathered(hours: 8, burst: 1).OfErrors(Errors);
        var bursty = Gathered(hours: 8, burst: 8).OfErrors(Errors);

        Assert.True(independent.AllowsFast);
        Assert.InRange(bursty.Dispersion, 5, 16);
        Assert.False(bursty.AllowsFast);
        Assert.True(bursty.AllowsRobust);
    }

    [Fact]
    public void Latencies_are_measured_likewise_and_what_was_not_seen_for_long_enough_is_unknown()
    {
        Assert.True(Gathered(hours: 8, burst: 1).OfLatencies(Latency).IsMeasured);
        Assert.False(Gathered(hours: 1, burst: 1).OfErrors(Errors).IsMeasured);
        Assert.False(new ReferenceTraffic().OfErrors(Errors).IsMeasured);
        Assert.False(new ReferenceTraffic().OfLatencies(Latency).IsMeasured);
    }

    [Fact]
    public void What_is_remembered_of_latencies_is_all_that_was_measured()
    {
        var pages = new List<ReferencePage>();
        Gather(new ReferenceTraffic(), Noon, hours: 3, burst: 1, pages.Add);
        var large = pages.ConvertAll(page =>
            page with
            {
                Latencies = [.. page.Latencies.Cast<MetricSample.Histograms>().Select(Enlarged)],
            }
        );

        var expected = ReferencePhase.Measure(Latency, [.. large.SelectMany(page => page.Latencies)]);

        Assert.True(expected.IsMeasured);
        Assert.Equal(expected, ReferenceTraffic.From(large).OfLatencies(Latency));
    }

    [Fact]
    public void What_is_older_than_some_hours_is_forgotten()
    {
        var reference = Gathered(hours: 10, burst: 8);
        Gather(reference, Noon.AddHours(10), hours: 9, burst: 1, _ => { });

        Assert.True(reference.OfErrors(Errors).AllowsFast);
    }

    [Fact]
    public void Made_anew_from_its_pages_in_any_order_it_knows_the_same_and_goes_on()
    {
        var pages = new List<ReferencePage>();
        var reference = new ReferenceTraffic();
        Gather(reference, Noon, hours: 10, burst: 8, pages.Add);
        var kept = pages.GroupBy(page => page.Slot).Select(same => same.MaxBy(page => page.Number)!).ToList();
        kept.Reverse();

        var anew = ReferenceTraffic.From(kept);

        Assert.Equal(ReferenceTraffic.Pages, kept.Count);
        // It lacks the five minutes at most that were not told yet.
        var (before, after) = (reference.OfErrors(Errors), anew.OfErrors(Errors));
        Assert.InRange(after.Dispersion / before.Dispersion, low: 0.95, high: 1.05);
        Assert.Equal((before.AllowsFast, before.AllowsRobust), (after.AllowsFast, after.AllowsRobust));
        Assert.True(anew.OfLatencies(Latency).IsMeasured);
        var next = new List<ReferencePage>();
        Gather(anew, Noon.AddHours(10), hours: 1, burst: 8, next.Add);
        Assert.Equal(pages[^1].Number + 1, next[0].Number);
        Assert.False(ReferenceTraffic.From([]).OfErrors(Errors).IsMeasured);
    }

    /// <summary>Each bucket by another power, so that there are counts of all sizes.</summary>
    private static MetricSample Enlarged(MetricSample.Histograms latencies) =>
        latencies with
        {
            Canary = [.. latencies.Canary.Select((count, bucket) => count << (bucket % 7 * 4))],
            Control = [.. latencies.Control.Select((count, bucket) => count << (bucket % 7 * 4))],
        };

    private static ReferenceTraffic Gathered(int hours, int burst)
    {
        var reference = new ReferenceTraffic();
        Gather(reference, Noon, hours, burst, _ => { });
        return reference;
    }

    /// <summary>Half an error a second for each half, in bursts of one half's.</summary>
    private static void Gather(
        ReferenceTraffic reference,
        DateTimeOffset from,
        int hours,
        int burst,
        Action<ReferencePage> told
    )
    {
        var random = new SmallRandom(seed: 9);
        for (var second = 0; second < hours * 3600; second += Seconds)
        {
            var mean = 0.5 * Seconds / burst;
            var (first, other) = (random.NextPoisson(mean) * burst, random.NextPoisson(mean) * burst);
            var latencies = new long[TrafficBucket.LatencyBounds.Length + 1];
            (latencies[20], latencies[30]) = (960, random.NextPoisson(40));
            var rest = new long[latencies.Length];
            (rest[20], rest[30]) = (960, random.NextPoisson(40));
            var page = reference.Add(
                new TrafficBucket(from, from, 1000, Math.Min(first, 1000), 1000, Math.Min(other, 1000))
                {
                    CanaryLatencies = [.. latencies],
                    ControlLatencies = [.. rest],
                },
                hasLatencies: true,
                from.AddSeconds(second)
            );
            if (page is not null)
            {
                told(page);
            }
        }
    }
}
