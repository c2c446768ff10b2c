using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>What a decision costs as the fleet grows.</summary>
internal static class Growth
{
    private const int PerHost = 10;
    private const int GroupSize = 200;

    private static readonly int[] Sizes = [1_000, 2_000, 5_000, 10_000, 20_000];

    public static IEnumerable<Figure> Measure() =>
        Sizes.SelectMany(hosts => new[] { Measure(hosts, GroupSize), Measure(hosts, groupSize: 1) });

    private static Figure Measure(int hosts, int groupSize)
    {
        var rate = Runs.Rate(
            "growth",
            "ns_per_decision",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{hosts:#,0} hosts × {PerHost} instances, groups of {groupSize}, spread, one core"
            ),
            () =>
            {
                var fleet = Fleets.Of(hosts, new Resources(64_000, 262_144), racks: 50);
                return (hosts * PerHost, Runs.Time(() => Place(fleet, hosts * PerHost, groupSize)));
            }
        );
        return rate with { Value = Math.Round(1e9 / rate.Value), Unit = "ns", Spread = "(median of 5 runs)" };
    }

    private static void Place(PlacementFleet fleet, int instances, int groupSize)
    {
        for (var group = 0; group < instances / groupSize; group++)
        {
            var demand = new Resources(100 + (group % 400), 128 + (group % 300));
            var spec = new PlacementSpec(Fleets.Request(demand, PlacementWeights.Spread), Fleets.Group(group));
            for (var number = 0; number < groupSize; number++)
            {
                Fleets.MustPlace(fleet, spec);
            }
        }
    }
}
