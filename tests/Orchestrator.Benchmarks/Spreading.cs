using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>A service over racks, hard, where peers slow down a hundredfold.</summary>
internal static class Spreading
{
    private const int Hosts = 5_000;
    private const int Racks = 50;

    public static IEnumerable<Figure> Measure() => Measure(1_200).Concat(Measure(100_000));

    private static IEnumerable<Figure> Measure(int instances)
    {
        var skew = 0;
        var workload = string.Create(
            CultureInfo.InvariantCulture,
            $"{instances:#,0} instances of one service over {Racks} racks, {Hosts:#,0} hosts, maxSkew 1, hard, one core"
        );
        yield return Runs.Rate(
            "spread",
            "placements_per_second",
            workload,
            () =>
            {
                var fleet = Fleets.Of(Hosts, new Resources(64_000, 262_144), Racks);
                var spec = new PlacementSpec(
                    Fleets.Request(new Resources(100, 128), PlacementWeights.Spread) with
                    {
                        Rules = PlacementRules.None with
                        {
                            Spreads =
                            [
                                new SpreadRule(
                                    "rack",
                                    MaxSkew: 1,
                                    IsHard: true,
                                    ImmutableSortedDictionary<string, int>.Empty,
                                    int.MaxValue
                                ),
                            ],
                        },
                    },
                    Fleets.Group(0)
                );
                var perRack = new int[Racks];
                var elapsed = Runs.Time(() =>
                {
                    Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
                    for (var number = 0; number < instances; number++)
                    {
                        var host = fleet.Choose(spec, refusals).Host ?? throw new InvalidOperationException("Full.");
                        fleet.Take(host, spec.Request.Demand);
                        fleet.Count(host, spec.Group, more: 1);
                        perRack[int.Parse(host.Value.AsSpan(1), CultureInfo.InvariantCulture) % Racks]++;
                    }
                });
                skew = Math.Max(skew, perRack.Max() - perRack.Min());
                return (instances, elapsed);
            }
        );
        yield return new Figure("spread", "max_skew", skew, "instances", workload, "");
    }
}
