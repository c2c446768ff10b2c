using System.Collections.Immutable;
using CsCheck;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using static Orchestrator.Core.Tests.Placement.Snapshots;

namespace Orchestrator.Core.Tests.Placement;

public sealed class RebalanceTests
{
    private const int Cases = 3000;

    private static readonly ImmutableSortedDictionary<string, string> All = ImmutableSortedDictionary<
        string,
        string
    >.Empty;

    private static readonly Gen<PlacementRules> AnyRules = Gen.OneOf(
        Gen.Const(PlacementRules.None),
        Gen.Const(PlacementRules.None),
        Gen.Select(
            Gen.Int[1, 2],
            Gen.Bool,
            Gen.OneOf("", "east"),
            (skew, isHard, favourite) =>
                PlacementRules.None with
                {
                    Spreads =
                    [
                        new SpreadRule(
                            "zone",
                            skew,
                            isHard,
                            favourite.Length == 0
                                ? ImmutableSortedDictionary<string, int>.Empty
                                : ImmutableSortedDictionary<string, int>.Empty.Add("east", 50).Add("west", 50),
                            MostPerDomain: int.MaxValue
                        ),
                    ],
                }
        ),
        Gen.Int[1, 2].Select(most => PlacementRules.None with { MostPerHost = most }),
        Gen.OneOf("host", "zone").Select(label => PlacementRules.None with { Near = [Rule("s0", label)] }),
        Gen.OneOf("host", "zone").Select(label => PlacementRules.None with { Apart = [Rule("s1", label)] })
    );

    private static readonly Gen<RebalanceGroup> AnyGroup = Gen.Select(
        Gen.OneOf(500, 1000, 1500),
        Gen.OneOf(512, 2048),
        AnyRules,
        Extras.Ask,
        Gen.Frequency((5, Gen.Const(true)), (1, Gen.Const(false))),
        Gen.Frequency((8, Gen.Const(false)), (1, Gen.Const(true))),
        (cpu, memory, rules, extras, isPlain, isEverywhere) =>
            new RebalanceGroup(
                new PlacementGroup(ServiceName.Parse("unnamed"), StageName.Parse("prod")),
                ARequest() with
                {
                    Demand = new Resources(cpu, memory) + (isPlain ? default : extras.Demand),
                    Devices = isPlain ? [] : extras.Devices,
                    Rules = rules,
                },
                isEverywhere
            )
    );

    private static readonly Gen<HostSnapshot> AnyHost = Gen.Select(
        Gen.OneOf(2000, 4000, 4000),
        Gen.OneOf("east", "west", "north"),
        Gen.Frequency((8, HostAvailability.Open), (1, HostAvailability.Cordoned), (1, HostAvailability.Draining)),
        Extras.Room,
        (cpu, zone, availability, room) =>
        {
            var host = AHost("unnamed").Labelled("zone", zone).That(availability);
            return host with { Host = host.Host with { Capacity = new Resources(cpu, 8192) + room } };
        }
    );

    /// <summary>A fleet that was filled without a thought for any rule but room.</summary>
    private static readonly Gen<Fleet> AnyFleet = Gen.Select(
        AnyHost.Array[2, 6],
        AnyGroup.Array[1, 4],
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Frequency((9, Gen.Const(true)), (1, Gen.Const(false)))).Array[
            0,
            14
        ],
        (hosts, groups, places) => Fleet.Of(hosts, groups, places)
    );

    private static readonly Gen<RebalanceAsk> AnyAsk = Gen.Select(
        Gen.OneOf(RebalanceGoal.Pack, RebalanceGoal.Spread),
        Gen.OneOf(All, All, All.Add("zone", "east")),
        Gen.OneOf(1, 3, 100),
        Gen.Bool,
        (goal, selector, most, evens) => new RebalanceAsk(goal, selector, most, evens)
    );

    [Fact]
    public void A_host_never_holds_more_than_it_has_in_whatever_order_the_moves_of_a_wave_are_made() =>
        Gen.Select(AnyFleet, AnyAsk)
            .Sample(
                (fleet, ask) =>
                {
                    var replay = fleet.Build(fleet.Hosts);
                    foreach (var wave in fleet.Plan(ask).Moves.GroupBy(move => move.Wave).OrderBy(wave => wave.Key))
                    {
                        // All of a wave at once is the worst order: nothing has left before everything has come.
                        foreach (var move in wave)
                        {
                            var spec = fleet.SpecOf(move.Instance);
                            Assert.True(replay.HasRoom(spec, move.To), $"{move.Instance} on {move.To}");
                            replay.Take(move.To, replay.HoldingOf(spec, move.To));
                        }

                        foreach (var move in wave)
                        {
                            replay.Take(move.From, default(Resources) - fleet.Find(move.Instance).Holding);
                        }
                    }
                },
                iter: Cases
            );

    [Fact]
    public void Every_move_is_a_placement_that_the_rules_allow_beside_what_is_there() =>
        Gen.Select(AnyFleet, AnyAsk)
            .Sample(
                (fleet, ask) =>
                {
                    var replay = fleet.Build(fleet.Hosts);
                    foreach (var move in fleet.Plan(ask).Moves)
                    {
                        var (spec, resident) = (fleet.SpecOf(move.Instance), fleet.Find(move.Instance));
                        Assert.IsType<HostAnswer.Fits>(replay.Answer(spec, move.To));
                        replay.Take(move.To, replay.HoldingOf(spec, move.To));
                        replay.Count(move.To, resident.Group, more: 1);
                        replay.Take(move.From, default(Resources) - resident.Holding);
                        replay.Count(move.From, resident.Group, more: -1);
                    }
                },
                iter: Cases
            );

    [Fact]
    public void What_must_be_near_another_still_is() =>
        Gen.Select(AnyFleet, AnyAsk)
            .Sample(
                (fleet, ask) =>
                {
                    var after = fleet.After(fleet.Plan(ask));

                    Assert.True(after.Lonely() <= fleet.Lonely());
                },
                iter: Cases
            );

    [Fact]
    public void Only_what_may_move_moves_once_within_the_pool_and_the_budget() =>
        Gen.Select(AnyFleet, AnyAsk)
            .Sample(
                (fleet, ask) =>
                {
                    var moves = fleet.Plan(ask).Moves;

                    Assert.True(moves.Length <= ask.MostMoves);
                    Assert.Equal(moves.Length, moves.Select(move => move.Instance).Distinct().Count());
                    Assert.All(
                        moves,
                        move =>
                        {
                            Assert.Equal(ResidentKind.Movable, fleet.Find(move.Instance).Kind);
                            Assert.NotEqual(move.From, move.To);
                            Assert.Contains(fleet.Hosts, host => host.Id == move.To && IsIn(host, ask));
                            Assert.Contains(fleet.Hosts, host => host.Id == move.From && IsIn(host, ask));
                        }
                    );
                },
                iter: Cases
            );

    [Fact]
    public void Packing_moves_only_what_empties_hosts_and_never_skews_a_service() =>
        Gen.Select(AnyFleet, AnyAsk)
            .Sample(
                (fleet, ask) =>
                {
                    var plan = fleet.Plan(ask with { Goal = RebalanceGoal.Pack });

                    var sources = plan.Moves.Select(move => move.From).Distinct().ToList();
                    Assert.Equal(plan.Before.UsedHosts - sources.Count, plan.After.UsedHosts);
                    Assert.True(plan.After.Excess <= plan.Before.Excess);
                    var after = fleet.After(plan);
                    Assert.All(
                        sources,
                        host => Assert.All(after.On(host), each => Assert.Equal(ResidentKind.Everywhere, each.Kind))
                    );
                },
                iter: Cases
            );

    [Fact]
    public void Spreading_makes_the_figure_better_with_each_plan_that_moves_anything() =>
        Gen.Select(AnyFleet, AnyAsk)
            .Sample(
                (fleet, ask) =>
                {
                    var plan = fleet.Plan(ask with { Goal = RebalanceGoal.Spread });

                    var (before, after) = (
                        (plan.Before.Excess, plan.Before.Unevenness),
                        (plan.After.Excess, plan.After.Unevenness)
                    );
                    Assert.Equal(!plan.Moves.IsEmpty, after.CompareTo(before) < 0);
                    Assert.True(plan.Moves.IsEmpty || ask.EvensHosts || after.Excess < before.Excess);
                },
                iter: Cases
            );

    [Fact]
    public void The_figures_told_of_afterwards_are_those_of_the_fleet_that_it_becomes() =>
        Gen.Select(AnyFleet, AnyAsk)
            .Sample(
                (fleet, ask) =>
                {
                    var plan = fleet.Plan(ask);

                    Assert.Equal(plan.After, fleet.After(plan).Plan(ask).Before);
                },
                iter: Cases
            );

    [Fact]
    public void Planned_again_after_it_was_made_there_is_nothing_left_to_move() =>
        Gen.Select(AnyFleet, AnyAsk)
            .Sample(
                (fleet, ask) =>
                {
                    var plan = fleet.Plan(ask with { MostMoves = 100 });

                    var again = fleet.After(plan).Plan(ask with { MostMoves = 100 });

                    Assert.Equal(RebalanceEnd.NothingBetter, plan.End);
                    Assert.Empty(again.Moves);
                },
                iter: Cases
            );

    [Fact]
    public void The_order_of_hosts_and_groups_does_not_matter_and_the_fleet_stays_as_it_was() =>
        Gen.Select(
                AnyFleet.SelectMany(fleet => Gen.Shuffle(fleet.Hosts.ToArray()).Select(hosts => (fleet, hosts))),
                AnyAsk
            )
            .Sample(
                (both, ask) =>
                {
                    var (fleet, shuffled) = both;
                    var placement = fleet.Build(fleet.Hosts);

                    var first = Text(fleet.Plan(ask, placement, fleet.Groups));

                    Assert.Equal(first, Text(fleet.Plan(ask, placement, fleet.Groups)));
                    var other = fleet.Build(shuffled);
                    Assert.Equal(first, Text(fleet.Plan(ask, other, [.. fleet.Groups.Reverse()])));
                },
                iter: Cases
            );

    [Fact]
    public void Two_half_empty_hosts_become_a_full_one_and_an_empty_one()
    {
        var fleet = Fleet.Of(
            [AHost("unnamed"), AHost("unnamed")],
            [AGroup(new Resources(1000, 1024))],
            [(0, 0, true), (1, 0, true), (1, 0, true)]
        );

        var plan = fleet.Plan(new RebalanceAsk(RebalanceGoal.Pack, All, MostMoves: 10, EvensHosts: false));

        Assert.Equal(["s0.prod.1: h0 to h1, empties h0"], plan.Moves.Select(Text));
        Assert.Equal((2, 1), (plan.Before.UsedHosts, plan.After.UsedHosts));
    }

    [Fact]
    public void A_host_that_needs_more_moves_than_are_left_stays_and_the_plan_says_so()
    {
        var fleet = Fleet.Of(
            [AHost("unnamed"), AHost("unnamed")],
            [AGroup(new Resources(500, 1024))],
            [(0, 0, true), (0, 0, true), (1, 0, true), (1, 0, true), (1, 0, true)]
        );

        var plan = fleet.Plan(new RebalanceAsk(RebalanceGoal.Pack, All, MostMoves: 1, EvensHosts: false));

        Assert.Empty(plan.Moves);
        Assert.Equal(RebalanceEnd.Budget, plan.End);
    }

    [Fact]
    public void Room_that_is_kept_for_somebody_keeps_its_host_from_being_emptied()
    {
        var fleet = Fleet.Of(
            [AHost("unnamed"), AHost("unnamed")],
            [AGroup(new Resources(1000, 1024))],
            [(0, 0, true), (1, 0, true), (1, 0, true)]
        );
        var placement = fleet.Build(fleet.Hosts);
        placement.Take(HostId.Parse("h0"), new Resources(100, 100));
        placement.Take(HostId.Parse("h1"), new Resources(100, 100));

        var plan = fleet.Plan(
            new RebalanceAsk(RebalanceGoal.Pack, All, MostMoves: 10, EvensHosts: false),
            placement,
            fleet.Groups
        );

        Assert.Empty(plan.Moves);
    }

    [Fact]
    public void What_a_hard_spread_forbids_while_both_stand_is_not_planned()
    {
        var small = AHost("unnamed").Labelled("zone", "west");
        var rule = new SpreadRule(
            "zone",
            1,
            IsHard: true,
            All.ToImmutableSortedDictionary(_ => "", _ => 0),
            int.MaxValue
        );
        var group = AGroup(new Resources(1000, 1024));
        var fleet = Fleet.Of(
            [
                AHost("unnamed").Labelled("zone", "east"),
                AHost("unnamed").Labelled("zone", "east"),
                small with
                {
                    Host = small.Host with { Capacity = new Resources(1000, 1024) },
                },
            ],
            [group with { Request = group.Request with { Rules = PlacementRules.None with { Spreads = [rule] } } }],
            [(0, 0, true), (1, 0, true), (2, 0, true)]
        );

        // East would have three of them for a moment, and west one.
        var plan = fleet.Plan(new RebalanceAsk(RebalanceGoal.Pack, All, MostMoves: 10, EvensHosts: false));

        Assert.Empty(plan.Moves);
    }

    private static bool IsIn(Host host, RebalanceAsk ask) =>
        ask.Selector.All(wanted => host.Labels.GetValueOrDefault(wanted.Key) == wanted.Value);

    private static RebalanceGroup AGroup(Resources demand) =>
        new(
            new PlacementGroup(ServiceName.Parse("unnamed"), StageName.Parse("prod")),
            ARequest() with
            {
                Demand = demand,
            },
            IsEverywhere: false
        );

    private static NeighbourRule Rule(string service, string label) =>
        new(ServiceName.Parse(service), Stage: null, label, Weight: null);

    private static string Text(RebalanceMove move) => $"{move.Instance.Value}: {move.From} to {move.To}, {move.Why}";

    private static string Text(RebalancePlan plan) =>
        $"{string.Join('\n', plan.Moves)} {plan.Before} {plan.After} {plan.End}";

    /// <summary>Hosts with what is on them, as data.</summary>
    private sealed record Fleet(
        ImmutableArray<Host> Hosts,
        ImmutableArray<RebalanceGroup> Groups,
        ImmutableSortedDictionary<InstanceId, (Resident Resident, HostId Host)> Residents
    )
    {
        /// <param name="places">Host, group, and whether it may move; what does not fit is left out.</param>
        public static Fleet Of(
            HostSnapshot[] hosts,
            RebalanceGroup[] groups,
            (int Host, int Group, bool IsMovable)[] places
        )
        {
            var fleet = new Fleet(
                [.. hosts.Select((host, index) => host.Host with { Id = HostId.Parse($"h{index}") })],
                [
                    .. groups.Select(
                        (group, index) =>
                            group with
                            {
                                Group = group.Group with { Service = ServiceName.Parse($"s{index}") },
                            }
                    ),
                ],
                ImmutableSortedDictionary<InstanceId, (Resident, HostId)>.Empty
            );
            var placement = fleet.Build(fleet.Hosts);
            foreach (var (hostIndex, groupIndex, isMovable) in places)
            {
                var host = fleet.Hosts[hostIndex % hosts.Length].Id;
                var group = fleet.Groups[groupIndex % groups.Length];
                var spec = new PlacementSpec(group.Request, group.Group);
                if (placement.HasRoom(spec, host))
                {
                    var kind = (group.IsEverywhere, isMovable) switch
                    {
                        (true, _) => ResidentKind.Everywhere,
                        (_, true) => ResidentKind.Movable,
                        _ => ResidentKind.Bound,
                    };
                    fleet = fleet.With(placement, spec, host, fleet.Residents.Count + 1, kind);
                }
            }

            return fleet;
        }

        public PlacementFleet Build(IEnumerable<Host> hosts)
        {
            var placement = new PlacementFleet();
            foreach (var host in hosts)
            {
                placement.Put(host);
            }

            foreach (var group in Groups)
            {
                placement.KeepApart(group.Group, group.Request.Rules.Apart);
            }

            foreach (var (resident, host) in Residents.Values)
            {
                placement.Take(host, resident.Holding);
                placement.Count(host, resident.Group, more: 1);
            }

            return placement;
        }

        public RebalancePlan Plan(RebalanceAsk ask) => Plan(ask, Build(Hosts), Groups);

        public RebalancePlan Plan(RebalanceAsk ask, PlacementFleet placement, IReadOnlyList<RebalanceGroup> groups) =>
            RebalancePlanner.Plan(placement, ask, groups, On);

        public IReadOnlyList<Resident> On(HostId host) =>
            [.. Residents.Values.Where(each => each.Host == host).Select(each => each.Resident)];

        public Resident Find(InstanceId id) => Residents[id].Resident;

        public PlacementSpec SpecOf(InstanceId id) => new(Find(id).Request, Find(id).Group);

        /// <summary>With each new instance bound: it was placed a moment ago.</summary>
        public Fleet After(RebalancePlan plan)
        {
            var after = this;
            var placement = Build(Hosts);
            foreach (var move in plan.Moves)
            {
                var resident = Find(move.Instance);
                var number = 100 + (int)move.Instance.Number;
                after = after.With(placement, SpecOf(move.Instance), move.To, number, ResidentKind.Bound);
                placement.Take(move.From, default(Resources) - resident.Holding);
                after = after with { Residents = after.Residents.Remove(move.Instance) };
            }

            return after;
        }

        /// <summary>How many are not near what they must be near.</summary>
        public int Lonely()
        {
            var lonely = 0;
            foreach (var (resident, host) in Residents.Values)
            {
                foreach (var rule in resident.Request.Rules.Near)
                {
                    var place = PlaceOf(host, rule.Label);
                    lonely += Residents.Values.Any(each =>
                        each.Resident.Group.Service == rule.Service && PlaceOf(each.Host, rule.Label) == place
                    )
                        ? 0
                        : 1;
                }
            }

            return lonely;
        }

        private string PlaceOf(HostId host, string label) =>
            label == NeighbourRule.OnHost ? host.Value : Hosts.Single(each => each.Id == host).Labels[label];

        private Fleet With(PlacementFleet placement, PlacementSpec spec, HostId host, int number, ResidentKind kind)
        {
            var id = InstanceId.Of(spec.Group.Service, spec.Group.Stage, number);
            var holding = placement.HoldingOf(spec, host);
            placement.Take(host, holding);
            placement.Count(host, spec.Group, more: 1);
            return this with
            {
                Residents = Residents.Add(id, (new Resident(id, spec.Group, spec.Request, holding, kind), host)),
            };
        }
    }
}
