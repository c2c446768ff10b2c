using System.Diagnostics;
using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>How long one decision takes on a full fleet, alone and with the counts that explain it.</summary>
internal static class Latency
{
    private const int Hosts = 10_000;
    private const int Placed = 1_000_000;
    private const int Services = 1_000;
    private const int Decisions = 100_000;
    private const string Workload =
        "single decisions with refusal counts, 100,000 sizes in turn, 10,000 hosts holding 1,000,000 instances";

    public static IEnumerable<Figure> Measure()
    {
        var fleet = Fleets.Of(Hosts, new Resources(64_000, 262_144), racks: 50);
        for (var service = 0; service < Services; service++)
        {
            var spec = new PlacementSpec(
                Fleets.Request(new Resources(100 + (service % 300), 128), PlacementWeights.Spread),
                Fleets.Group(service)
            );
            for (var number = 0; number < Placed / Services; number++)
            {
                Fleets.MustPlace(fleet, spec);
            }
        }

        Decide(fleet, Decisions / 10);
        var ticks = Decide(fleet, Decisions);
        Array.Sort(ticks);
        foreach (var (metric, share) in new[] { ("p50_us", 0.5), ("p99_us", 0.99), ("p999_us", 0.999) })
        {
            var microseconds = ticks[(int)(ticks.Length * share)] * 1e6 / Stopwatch.Frequency;
            yield return new Figure("latency", metric, Math.Round(microseconds, 2), "us", Workload, "");
        }
    }

    private static long[] Decide(PlacementFleet fleet, int count)
    {
        var ticks = new long[count];
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        for (var number = 0; number < count; number++)
        {
            var demand = new Resources(50 + (number % 997), 64 + (number % 499));
            var spec = new PlacementSpec(
                Fleets.Request(demand, PlacementWeights.Spread),
                Fleets.Group(Services + number)
            );
            var start = Stopwatch.GetTimestamp();
            fleet.Choose(spec, refusals);
            ticks[number] = Stopwatch.GetTimestamp() - start;
        }

        return ticks;
    }
}
