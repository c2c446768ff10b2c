using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>How many decisions one core makes a second, counts of the refused included.</summary>
internal static class CoreRates
{
    private const int Hosts = 10_000;
    private const int Racks = 50;
    private const int GroupSize = 200;
    private const int Grouped1 = 1_000_000;
    private const int Distinct1 = 100_000;

    private static readonly Resources Capacity = new(CpuMillicores: 64_000, MemoryMebibytes: 262_144);

    public static IEnumerable<Figure> Grouped() =>
        [
            Runs.Rate(
                "core-grouped",
                "placements_per_second",
                "1,000,000 instances in groups of 200 alike on 10,000 hosts, spread, one core",
                () =>
                {
                    var fleet = Fleets.Of(Hosts, Capacity, Racks);
                    return (Grouped1, Runs.Time(() => PlaceGroups(fleet)));
                }
            ),
        ];

    public static IEnumerable<Figure> Distinct() =>
        [
            Runs.Rate(
                "core-distinct",
                "placements_per_second",
                "100,000 instances, each of a service and a size of its own, on 10,000 hosts, spread, one core",
                () =>
                {
                    var fleet = Fleets.Of(Hosts, Capacity, Racks);
                    var specs = Enumerable
                        .Range(0, Distinct1)
                        .Select(number => new PlacementSpec(
                            Fleets.Request(
                                new Resources(100 + (number % 991), 100 + (number % 1009)),
                                PlacementWeights.Spread
                            ),
                            Fleets.Group(number)
                        ))
                        .ToList();
                    return (Distinct1, Runs.Time(() => specs.ForEach(spec => Fleets.MustPlace(fleet, spec))));
                }
            ),
        ];

    private static void PlaceGroups(PlacementFleet fleet)
    {
        for (var group = 0; group < Grouped1 / GroupSize; group++)
        {
            var demand = new Resources(100 + (group % 400), 128 + (group % 300));
            var spec = new PlacementSpec(Fleets.Request(demand, PlacementWeights.Spread), Fleets.Group(group));
            for (var number = 0; number < GroupSize; number++)
            {
                Fleets.MustPlace(fleet, spec);
            }
        }
    }
}
