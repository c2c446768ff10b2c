using System.Collections.Immutable;
using CsCheck;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using static Orchestrator.Core.Tests.Placement.Snapshots;

namespace Orchestrator.Core.Tests.Placement;

/// <summary>Requests with rules, and fleets that change: the fleet must answer as the naive placer does, every time.</summary>
public sealed class RuleTests
{
    private const int Cases = 2000;

    private static readonly PlacementGroup[] Groups =
    [
        new(ServiceName.Parse("shop"), StageName.Parse("prod")),
        new(ServiceName.Parse("shop"), StageName.Parse("staging")),
        new(ServiceName.Parse("cart"), StageName.Parse("prod")),
    ];

    private static readonly Gen<ImmutableArray<long>> AnyImages = Gen.OneOf<ImmutableArray<long>>(
        Gen.Const<ImmutableArray<long>>([]),
        Gen.Const<ImmutableArray<long>>([1]),
        Gen.Const<ImmutableArray<long>>([1, 2])
    );

    // Few distinct values on purpose, so that hosts tie; more than 16 hosts at times, so that vectors are filled.
    internal static readonly Gen<Host[]> AnyHosts = Gen.Select(
            Gen.OneOf(2000, 4000),
            Gen.OneOf("", "east", "west", "north"),
            Gen.OneOf("", "5.10.0", "6.1.0-18-amd64", "soft"),
            Gen.Frequency((6, HostAvailability.Open), (1, HostAvailability.Cordoned)),
            Extras.Room,
            AnyImages,
            (cpu, zone, kernel, availability, extras, images) =>
                AHostOf(cpu, zone, kernel, availability, extras) with
                {
                    Images = images,
                }
        )
        .Array[0, 40]
        .Select(hosts =>
            hosts.Select((host, index) => host with { Id = HostId.Parse($"h{index * 7 % 41}") }).ToArray()
        );

    private static readonly Gen<HostConstraint> AnyConstraint = Gen.OneOf<HostConstraint>(
        Gen.Const<HostConstraint>(new HostConstraint.OneOf("zone", ["east", "west"])),
        Gen.Const<HostConstraint>(new HostConstraint.NoneOf("zone", ["east"])),
        Gen.Const<HostConstraint>(new HostConstraint.Present("kernel")),
        Gen.Const<HostConstraint>(new HostConstraint.Absent("zone")),
        Gen.Const<HostConstraint>(new HostConstraint.VersionBetween("kernel", "6", Before: ""))
    );

    private static readonly Gen<SpreadRule> AnySpread = Gen.Select(
        Gen.OneOf("zone", "kernel"),
        Gen.Int[1, 2],
        Gen.Bool,
        Gen.Bool,
        Gen.OneOf(2, int.MaxValue),
        (label, skew, isHard, hasTargets, most) =>
            new SpreadRule(
                label,
                skew,
                isHard,
                hasTargets && label == "zone"
                    ? ImmutableSortedDictionary<string, int>.Empty.Add("east", 70).Add("west", 30)
                    : ImmutableSortedDictionary<string, int>.Empty,
                most
            )
    );

    private static readonly Gen<NeighbourRule> AnyNeighbour = Gen.Select(
        Gen.OneOf("shop", "cart"),
        Gen.OneOf("", "prod", "staging"),
        Gen.OneOf(NeighbourRule.OnHost, "zone", "kernel"),
        Gen.OneOf(0, 0, 30, 100),
        (service, stage, label, weight) =>
            new NeighbourRule(
                ServiceName.Parse(service),
                stage.Length == 0 ? null : StageName.Parse(stage),
                label,
                weight == 0 ? null : weight
            )
    );

    /// <summary>Near and apart; often none, so that not everything is refused.</summary>
    private static readonly Gen<(NeighbourRule[] Near, NeighbourRule[] Apart)> AnyNeighbours = Gen.Frequency(
        (2, Gen.Const<(NeighbourRule[], NeighbourRule[])>(([], []))),
        (3, Gen.Select(AnyNeighbour.Array[0, 2], AnyNeighbour.Array[0, 2]))
    );

    private static readonly Gen<HostConstraint?> AnyConfinement = Gen.Frequency(
        (4, Gen.Const((HostConstraint?)null)),
        (1, Gen.Const<HostConstraint?>(new HostConstraint.OneOf("zone", ["east"]))),
        (1, Gen.Const<HostConstraint?>(new HostConstraint.NoneOf("zone", ["east"])))
    );

    internal static readonly Gen<PlacementRequest> AnyRequest = Gen.Select(
        Gen.OneOf(100, 500, 1000),
        Gen.OneOf(PlacementWeights.Spread, PlacementWeights.BinPack),
        AnyConstraint.Array[0, 2],
        Gen.Select(AnyConstraint, Gen.OneOf(-50, 30, 100), (wanted, weight) => new Affinity(wanted, weight)).Array[
            0,
            2
        ],
        AnySpread.Array[0, 2],
        Gen.OneOf(1, 3, int.MaxValue),
        Gen.Select(Extras.Ask, AnyNeighbours, Gen.OneOf(0, 0, 1, 2), AnyConfinement),
        (cpu, weights, constraints, affinities, spreads, most, others) =>
            ARequest() with
            {
                Demand = new Resources(cpu, MemoryMebibytes: 128) + others.Item1.Demand,
                Devices = others.Item1.Devices,
                Image = others.Item3 == 0 ? null : others.Item3,
                Confinement = others.Item4,
                Weights = weights,
                Rules = new PlacementRules
                {
                    Constraints = [.. constraints],
                    Affinities = [.. affinities],
                    Spreads = [.. spreads],
                    MostPerHost = most,
                    Near = [.. others.Item2.Near],
                    Apart = [.. others.Item2.Apart],
                },
            }
    );

    private static readonly Gen<Move[]> AnyMoves = Gen.Select(
        Gen.Int[0, 14],
        Gen.Int[0, 1],
        Gen.Int[0, 2],
        Gen.Int[0, 1_000_000],
        (kind, request, group, pick) => new Move(kind, request, group, pick)
    ).Array[1, 60];

    [Fact]
    public void A_changing_fleet_answers_as_the_naive_placer_does_every_time() =>
        Gen.Select(AnyHosts, AnyRequest, AnyRequest, AnyMoves)
            .Sample(
                (hosts, first, second, moves) =>
                {
                    var world = new World(hosts);
                    PlacementRequest[] requests = [first, second];
                    var specs = Groups
                        .SelectMany(group => requests.Select(request => new PlacementSpec(request, group)))
                        .ToArray();
                    foreach (var move in moves)
                    {
                        var spec = specs[(move.Group * requests.Length) + move.Request];
                        var snapshots = world.Snapshots(spec.Group);
                        var decision = world.Fleet.Place(spec);

                        var around = world.Around(spec.Group);
                        Assert.Equal(NaivePlacer.Place(spec.Request, snapshots, around), Text(decision));
                        Assert.Equal(NaivePlacer.Refusals(spec.Request, snapshots, around), Refusals(decision));
                        world.Do(move, spec, decision, snapshots);
                        Assert.True(world.IsWithinCapacity);
                    }
                },
                iter: Cases
            );

    [Fact]
    public void Vectors_and_scalars_answer_alike() =>
        Gen.Select(AnyHosts, AnyRequest, Gen.Int[0, 3].Array[40], Gen.Int[0, 4000].Array[40])
            .Sample(
                (hosts, request, counts, used) =>
                {
                    var world = new World(hosts);
                    foreach (var (host, index) in hosts.Select((host, index) => (host, index)))
                    {
                        // Capacities that divide nothing, so that estimates fall beside the exact points.
                        world.Fleet.Put(
                            host with
                            {
                                Capacity = new Resources(2000 + (used[^(index + 1)] / 3), 16_000_057 + index),
                            }
                        );
                        world.Fleet.Count(host.Id, Groups[0], counts[index]);
                        world.Fleet.Take(host.Id, new Resources(used[index], used[index] * 3_989));
                    }

                    var (vectors, scalars) = world.Fleet.ScanBoth(new PlacementSpec(request, Groups[0]));

                    Assert.Equal(scalars, vectors);
                },
                iter: Cases
            );

    [Fact]
    public void Vectors_are_exact_where_the_share_falls_just_short_of_a_point()
    {
        const int capacity = 16_000_057;
        var fleet = new PlacementFleet();
        for (var point = 1; point < PlacementFleet.MaxScore; point++)
        {
            var host = AHost($"h{point}").Host with { Capacity = new Resources(1000, capacity) };
            var justShort =
                (int)((((long)point * capacity) + PlacementFleet.MaxScore - 1) / PlacementFleet.MaxScore) - 1;
            fleet.Put(host);
            fleet.Take(host.Id, new Resources(CpuMillicores: 0, capacity - justShort));
        }

        var request = ARequest() with { Demand = default, Weights = new PlacementWeights(1, 0, 0) };
        var (vectors, scalars) = fleet.ScanBoth(new PlacementSpec(request, Groups[0]));

        Assert.Equal(scalars, vectors);
        Assert.Equal(Enumerable.Range(0, PlacementFleet.MaxScore - 1), scalars.Order());
    }

    [Fact]
    public void A_refusal_by_rule_is_explained()
    {
        var request = ARequest() with
        {
            Rules = PlacementRules.None with
            {
                Constraints = [new HostConstraint.VersionBetween("kernel", "6.1", Before: "")],
                MostPerHost = 1,
            },
        };

        var explained = Placer.Explain(
            request,
            [AHost("a").Labelled("kernel", "5.10.0") with { OfGroup = 1 }, AHost("b")]
        );

        Assert.Equal(
            [
                "Its kernel is 5.10.0; wanted is one that is version 6.1 or later.",
                "It has 1 of this service already, and 1 are allowed.",
                "It has no kernel; wanted is one that is version 6.1 or later.",
            ],
            explained.OrderBy(host => host.Host).SelectMany(host => host.Reasons)
        );
    }

    private static Host AHostOf(int cpu, string zone, string kernel, HostAvailability availability, Resources extras)
    {
        var host = AHost("unnamed").That(availability);
        host = zone.Length == 0 ? host : host.Labelled("zone", zone);
        host = kernel.Length == 0 ? host : host.Labelled("kernel", kernel);
        return host.Host with { Capacity = new Resources(cpu, MemoryMebibytes: 1024) + extras };
    }

    private static string Text(PlacementDecision decision) =>
        decision is PlacementDecision.Placed placed ? $"{placed.Host} {placed.Score} of {placed.Feasible}" : "none";

    private static IEnumerable<KeyValuePair<RefusalReason, int>> Refusals(PlacementDecision decision) =>
        decision switch
        {
            PlacementDecision.Placed placed => placed.Refusals,
            PlacementDecision.Unplaceable none => none.Refusals,
            _ => [],
        };

    private sealed record Move(int Kind, int Request, int Group, int Pick);

    /// <summary>A fleet beside a list of what was placed on it.</summary>
    private sealed class World
    {
        private static readonly Resources More = Extras.Of(
            diskMebibytes: 2000,
            [Extras.Count(ResourceName.Device("gpu", 3), DeviceRequest.Whole)]
        );

        private readonly SortedDictionary<HostId, Host> _hosts = [];
        private readonly List<(HostId Host, PlacementGroup Group, Resources Demand)> _placed = [];
        private readonly List<(PlacementGroup Holder, NeighbourRule Rule)> _apart = [];

        public World(IEnumerable<Host> hosts)
        {
            foreach (var host in hosts)
            {
                _hosts[host.Id] = host;
                Fleet.Put(host);
            }
        }

        public PlacementFleet Fleet { get; } = new();

        public bool IsWithinCapacity =>
            _hosts.Values.All(host => host.Capacity.Covers(UsedOn(host.Id).CountedOn(host.Capacity)));

        public List<HostSnapshot> Snapshots(PlacementGroup group) =>
            [
                .. _hosts.Values.Select(host => new HostSnapshot(
                    host,
                    UsedOn(host.Id),
                    _placed.Count(each => each.Host == host.Id && each.Group == group)
                )),
            ];

        public Surroundings Around(PlacementGroup group) =>
            new(group, [.. _placed.Select(each => (each.Host, each.Group))], [.. _apart]);

        /// <summary>Mostly takes what was decided; at times something ends, or a host drains, is lost, returns or joins.</summary>
        public void Do(Move move, PlacementSpec spec, PlacementDecision decision, IReadOnlyList<HostSnapshot> snapshots)
        {
            switch (move.Kind)
            {
                case 0 when _placed.Count > 0:
                    End(move.Pick % _placed.Count);
                    break;
                case 1 when _hosts.Count > 0:
                    Change(move.Pick, host => host with { Availability = HostAvailability.Draining });
                    break;
                case 2 when _hosts.Count > 0:
                    Change(move.Pick, host => host with { LostSince = host.LostSince is null ? Noon : null });
                    break;
                case 3 when _hosts.Count > 0:
                    Change(move.Pick, host => host with { Labels = host.Labels.SetItem("zone", "west") });
                    break;
                case 4:
                    Join(move.Pick);
                    break;
                case 5 when _hosts.Count > 0:
                    Change(
                        move.Pick,
                        host => host.Capacity.Covers(More) ? host : host with { Capacity = host.Capacity + More }
                    );
                    break;
                case 6:
                    KeepApart(spec.Group, move.Pick % 2 == 0 ? spec.Request.Rules.Apart : []);
                    break;
                case 7 when _hosts.Count > 0:
                    Change(move.Pick, host => host with { Images = host.Images is [1] ? [2] : [1] });
                    break;
                default:
                    Take(spec, decision, snapshots);
                    break;
            }
        }

        private void KeepApart(PlacementGroup group, ImmutableArray<NeighbourRule> rules)
        {
            _apart.RemoveAll(each => each.Holder == group);
            _apart.AddRange(rules.Where(rule => rule.IsRequired).Select(rule => (group, rule)));
            Fleet.KeepApart(group, rules);
        }

        private Resources UsedOn(HostId host) =>
            _placed.Where(each => each.Host == host).Aggregate(default(Resources), (sum, each) => sum + each.Demand);

        private void Take(PlacementSpec spec, PlacementDecision decision, IReadOnlyList<HostSnapshot> snapshots)
        {
            if (decision is PlacementDecision.Placed placed)
            {
                var held = Fleet.HoldingOf(spec, placed.Host);
                Assert.Equal(
                    NaivePlacer.Holding(spec.Request, snapshots.Single(host => host.Host.Id == placed.Host)),
                    held
                );
                _placed.Add((placed.Host, spec.Group, held));
                Fleet.Take(placed.Host, held);
                Fleet.Count(placed.Host, spec.Group, more: 1);
            }
        }

        private void End(int index)
        {
            var (host, group, demand) = _placed[index];
            _placed.RemoveAt(index);
            Fleet.Take(host, default(Resources) - demand);
            Fleet.Count(host, group, more: -1);
        }

        private void Change(int pick, Func<Host, Host> change)
        {
            var host = change(_hosts.Values.ElementAt(pick % _hosts.Count));
            _hosts[host.Id] = host;
            Fleet.Put(host);
        }

        private void Join(int pick)
        {
            var host = AHostOf(2000, "north", "6.1.0-18-amd64", HostAvailability.Open, More) with
            {
                Id = HostId.Parse($"j{pick % 50}"),
            };
            _hosts[host.Id] = host;
            Fleet.Put(host);
        }
    }
}
