using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Benchmarks;

/// <summary>
/// A fleet that was full, and of which a fifth at most, another part on every host, has gone since: what is free is in
/// holes everywhere, and no host is empty.
/// </summary>
internal static class Rebalancing
{
    private const int Hosts = 10_000;
    private const int Services = 1_000;
    private const int Racks = 50;
    private const int MostMoves = 10_000;

    /// <summary>Rates are whole numbers: plans per so many seconds.</summary>
    private const int Scale = 100_000;

    private static readonly PoolName Pool = PoolName.Parse("default");
    private static readonly Resources Capacity = new(64_000, 262_144);

    /// <summary>Millicores; of 111 on average a host is full.</summary>
    private static readonly int[] Sizes = [200, 350, 500, 750, 1_080];

    public static IEnumerable<Figure> Measure() =>
        Measure(RebalanceGoal.Pack, "pack").Concat(Measure(RebalanceGoal.Spread, "spread")).Concat(OnACell());

    /// <summary>With all that a conductor does to decide it, and a replica to show it.</summary>
    private static ImmutableArray<Figure> OnACell()
    {
        var cell = PlacedAsync().GetAwaiter().GetResult();
        var (now, order) = (DateTimeOffset.UnixEpoch, new RebalanceOrder(Pool, RebalanceGoal.Pack, MostMoves));
        var draft = CellDraft.From(cell, CellSettings.Embedded, epoch: 1, now);
        var moves = ((RebalanceOutcome.Planned)FleetRebalancer.Plan(draft, order, now)).Plan.Moves.Length;
        var workload = string.Create(
            CultureInfo.InvariantCulture,
            $"pack: a million instances of 1,000 services on {Hosts:#,0} hosts, 39 % full, {moves:#,0} moves; one core"
        );
        var decided = Runs.Rate(
            "rebalance",
            "decided_seconds",
            $"{workload}; planned on the conductor's own draft",
            () => (Scale, Runs.Time(() => FleetRebalancer.Plan(draft, order, now)))
        );
        var shown = Runs.Rate(
            "rebalance",
            "shown_seconds",
            $"{workload}; planned on a copy of the cell, as orc plan does",
            () => (Scale, Runs.Time(() => FleetRebalancer.Plan(cell, order, now)))
        );
        return [Seconds(decided), Seconds(shown)];
    }

    /// <summary>As if all had become ready: nobody runs them here, so their first rollouts would never end.</summary>
    private static async Task<Cell> PlacedAsync()
    {
        await using var cell = await ConductedCell.OpenAsync();
        await cell.PlaceMillionAsync(Hosts);
        return cell.Conductor.Current.Cell with { Rollouts = Cell.Empty.Rollouts, Trains = Cell.Empty.Trains };
    }

    private static Figure Seconds(Figure rate) =>
        rate with
        {
            Value = Math.Round(Scale / rate.Value, 3),
            Unit = "s",
            Spread = "(median of 5 runs)",
        };

    private static IEnumerable<Figure> Measure(RebalanceGoal goal, string name)
    {
        var world = new World(goal);
        RebalancePlan? plan = null;
        var rate = Runs.Rate("rebalance", "seconds", "", () => (Scale, Runs.Time(() => plan = world.Plan(goal))));
        var (before, after) = (plan!.Before, plan.After);
        var workload = string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {world.Count:#,0} instances of {Services:#,0} services and five sizes on {Hosts:#,0} hosts, {world.Fullness:F1} % full, 0 to 20 % of each in holes; at most {MostMoves:#,0} moves; hosts used {before.UsedHosts:#,0} to {after.UsedHosts:#,0}, fullest {before.Fullest} to {after.Fullest}, emptiest {before.Emptiest} to {after.Emptiest} thousandths; ended by {plan.End}; one core"
        );
        yield return Seconds(rate with { Workload = workload });
        yield return new Figure("rebalance", "moves", plan.Moves.Length, "moves", workload, "");
    }

    private sealed class World
    {
        private readonly PlacementFleet _fleet = Fleets.Of(Hosts, Capacity, Racks);
        private readonly Dictionary<HostId, List<Resident>> _residents = [];
        private readonly List<RebalanceGroup> _groups = [];
        private readonly long _millicores;
        private ulong _drawn;

        public World(RebalanceGoal goal)
        {
            var weights = goal == RebalanceGoal.Pack ? PlacementWeights.BinPack : PlacementWeights.Spread;
            for (var number = 0; number < Services; number++)
            {
                var size = Sizes[number % Sizes.Length];
                _groups.Add(
                    new RebalanceGroup(
                        Fleets.Group(number),
                        Fleets.Request(new Resources(size, size * 2), weights),
                        IsEverywhere: false
                    )
                );
            }

            for (var index = 0; index < Hosts; index++)
            {
                _millicores += Fill(HostId.Parse(string.Create(CultureInfo.InvariantCulture, $"h{index:D6}")));
            }
        }

        public int Count { get; private set; }

        public double Fullness => 100.0 * _millicores / ((long)Hosts * Capacity.CpuMillicores);

        public RebalancePlan Plan(RebalanceGoal goal) =>
            RebalancePlanner.Plan(
                _fleet,
                new RebalanceAsk(goal, ImmutableSortedDictionary<string, string>.Empty, MostMoves, EvensHosts: true),
                _groups,
                host => _residents[host]
            );

        /// <summary>From 0, below the bound; the same in every run.</summary>
        private int Draw(int below)
        {
            _drawn = (_drawn * 6_364_136_223_846_793_005UL) + 1_442_695_040_888_963_407UL;
            return (int)((_drawn >> 33) % (ulong)below);
        }

        private int Fill(HostId host)
        {
            var (filled, kept, holes) = (0, 0, Draw(21));
            var residents = _residents[host] = [];
            while (true)
            {
                var group = _groups[Draw(Services)];
                var demand = group.Request.Demand;
                filled += demand.CpuMillicores;
                if (filled > Capacity.CpuMillicores)
                {
                    return kept;
                }

                if (Draw(100) >= holes)
                {
                    kept += demand.CpuMillicores;
                    Count++;
                    _fleet.Take(host, demand);
                    _fleet.Count(host, group.Group, more: 1);
                    var id = InstanceId.Of(group.Group.Service, group.Group.Stage, Count);
                    residents.Add(new Resident(id, group.Group, group.Request, demand, ResidentKind.Movable));
                }
            }
        }
    }
}
