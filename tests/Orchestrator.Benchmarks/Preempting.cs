using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>The kube-scheduler's preemption workload: a full fleet of low priority, and one preemptor a host.</summary>
internal static class Preempting
{
    private const int Hosts = 5_000;
    private const int PerHost = 4;
    private const int Preemptors = 5_000;
    private const int High = 500;
    private static readonly Resources Existing = new(900, 128);

    public static IEnumerable<Figure> Measure()
    {
        var rate = Rate("preempt", "preemptors_per_second");
        yield return rate with
        {
            Metric = "seconds",
            Value = Math.Round(Preemptors / rate.Value, 3),
            Unit = "s",
            Spread = "(median of 5 runs)",
        };
    }

    public static Figure Rate(string name, string metric) =>
        Runs.Rate(
            name,
            metric,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Preemption: {Hosts:#,0} hosts, {Hosts * PerHost:#,0} instances of 900 millicores, {Preemptors:#,0} preemptors of 3,000 with their victims, one core"
            ),
            () =>
            {
                var world = new World();
                return (Preemptors, Runs.Time(world.PreemptAll));
            }
        );

    private sealed class World
    {
        private readonly PlacementFleet _fleet = Fleets.Of(Hosts, new Resources(4_000, 32_768), racks: 50);
        private readonly PlacementSpec _spec = new(
            Fleets.Request(new Resources(3_000, 512), PlacementWeights.Spread),
            Fleets.Group(1)
        );
        private readonly Dictionary<HostId, List<Occupant>> _occupants = [];

        public World()
        {
            var low = Fleets.Group(0);
            for (var number = 0; number < Hosts * PerHost; number++)
            {
                var host = HostId.Parse(string.Create(CultureInfo.InvariantCulture, $"h{number / PerHost:D6}"));
                _fleet.Take(host, Existing);
                _fleet.Count(host, low, more: 1);
                if (!_occupants.TryGetValue(host, out var occupants))
                {
                    _occupants[host] = occupants = [];
                }

                var id = InstanceId.Of(low.Service, low.Stage, number + 1);
                occupants.Add(new Occupant(id, low, Priority: 0, Existing, default, IsReady: true, IsLeaving: false));
            }
        }

        /// <summary>Each decision asks first whether a host has room, and takes the room that its victims leave.</summary>
        public void PreemptAll()
        {
            Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
            var spare = Hosts * PerHost;
            var search = new PreemptionSearch(_fleet, _spec, High, host => _occupants[host], _ => spare);
            for (var number = 0; number < Preemptors; number++)
            {
                if (_fleet.Choose(_spec, refusals).IsFound || search.Best() is not { } found)
                {
                    throw new InvalidOperationException("The workload does not preempt.");
                }

                foreach (var victim in found.Victims)
                {
                    _occupants[found.Host].RemoveAll(each => ReferenceEquals(each, victim));
                    _fleet.Take(found.Host, default(Resources) - victim.Holding);
                    _fleet.Count(found.Host, victim.Group, more: -1);
                    spare--;
                }

                _fleet.Take(found.Host, _spec.Request.Demand);
                _fleet.Count(found.Host, _spec.Group, more: 1);
                search.Took(found);
            }
        }
    }
}
