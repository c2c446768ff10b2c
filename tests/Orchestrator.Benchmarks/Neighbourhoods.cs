using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>Rules about neighbours, on hosts and instances of the sizes that kube-scheduler is measured with.</summary>
internal static class Neighbourhoods
{
    private const int Hosts = 5_000;
    private const int Racks = 50;
    private const int Existing = 5_000;
    private const int Placed = 5_000;

    /// <summary>One on each host, and some hosts are left.</summary>
    private const int PlacedApart = 2_000;

    public static IEnumerable<Figure> Measure() =>
        [
            Measure("required_near_per_second", "near another by rack, required", Near("rack", weight: null), Placed),
            Measure("required_near_host_per_second", "near another by host, required", Near("host", null), Placed),
            Measure(
                "preferred_per_second",
                "near another by rack and apart from itself by host, preferred",
                Near("rack", 50) with
                {
                    Apart = [Rule(0, "host", 50)],
                },
                Placed
            ),
            Measure(
                "one_per_host_per_second",
                "apart from itself by host, required",
                PlacementRules.None with
                {
                    Apart = [Rule(0, "host", weight: null)],
                },
                PlacedApart
            ),
        ];

    private static PlacementRules Near(string label, int? weight) =>
        PlacementRules.None with
        {
            Near = [Rule(1, label, weight)],
        };

    private static NeighbourRule Rule(int number, string label, int? weight) =>
        new(Fleets.Group(number).Service, Stage: null, label, weight);

    private static Figure Measure(string metric, string what, PlacementRules rules, int count) =>
        Runs.Rate(
            "neighbours",
            metric,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{count:#,0} instances {what}; {Existing:#,0} of the other, {Racks} racks, {Hosts:#,0} hosts, one core"
            ),
            () =>
            {
                var fleet = Fleets.Of(Hosts, new Resources(4_000, 32_768), Racks);
                var request = Fleets.Request(new Resources(100, 500), PlacementWeights.Spread);
                var other = new PlacementSpec(request, Fleets.Group(1));
                for (var number = 0; number < Existing; number++)
                {
                    Fleets.MustPlace(fleet, other);
                }

                var spec = new PlacementSpec(request with { Rules = rules }, Fleets.Group(0));
                fleet.KeepApart(spec.Group, rules.Apart);
                return (
                    count,
                    Runs.Time(() =>
                    {
                        for (var number = 0; number < count; number++)
                        {
                            Fleets.MustPlace(fleet, spec);
                        }
                    })
                );
            }
        );
}
