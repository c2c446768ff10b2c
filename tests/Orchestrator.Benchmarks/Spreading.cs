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
                var (fleet, spec) = AWorld();
                return (instances, Runs.Time(() => Place(fleet, spec, instances, (_, _) => { })));
            }
        );
        yield return new Figure("spread", "max_skew", MaxSkew(instances), "instances at any moment", workload, "");
    }

    private static (PlacementFleet Fleet, PlacementSpec Spec) AWorld()
    {
        var rule = new SpreadRule(
            "rack",
            MaxSkew: 1,
            IsHard: true,
            ImmutableSortedDictionary<string, int>.Empty,
            int.MaxValue
        );
        var request = Fleets.Request(new Resources(100, 128), PlacementWeights.Spread) with
        {
            Rules = PlacementRules.None with { Spreads = [rule] },
        };
        return (Fleets.Of(Hosts, new Resources(64_000, 262_144), Racks), new PlacementSpec(request, Fleets.Group(0)));
    }

    /// <summary>Looked at after every placement, and so not in the runs that are timed.</summary>
    private static int MaxSkew(int instances)
    {
        var (fleet, spec) = AWorld();
        var (perRack, most) = (new int[Racks], 0);
        Place(
            fleet,
            spec,
            instances,
            (_, host) =>
            {
                perRack[int.Parse(host.Value.AsSpan(1), CultureInfo.InvariantCulture) % Racks]++;
                most = Math.Max(most, perRack.Max() - perRack.Min());
            }
        );
        return most;
    }

    private static void Place(PlacementFleet fleet, PlacementSpec spec, int instances, Action<int, HostId> see)
    {
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        for (var number = 0; number < instances; number++)
        {
            var host = fleet.Choose(spec, refusals).Host ?? throw new InvalidOperationException("The fleet is full.");
            fleet.Take(host, spec.Request.Demand);
            fleet.Count(host, spec.Group, more: 1);
            see(number, host);
        }
    }
}
