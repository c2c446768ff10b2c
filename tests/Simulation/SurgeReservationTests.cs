using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>A train has the room for the surge of all its stages before it leaves, and keeps it until it has left each.</summary>
public sealed class SurgeReservationTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly ServiceName Other = ServiceName.Parse("other");

    [Fact]
    public void A_train_keeps_room_at_every_stage_until_it_has_left_it()
    {
        var world = ARunning(hosts: 4);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));

        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed { StageIndex: 0 }, Soon);
        Assert.Equal([Staging, Prod], Second(world)!.Reservations.Select(each => each.Stage));
        Assert.Equal(1, KeptAt(world, Prod));
        world.RunUntil(each => Second(each)!.Phase is TrainPhase.Departed { StageIndex: 1 }, Soon);
        Assert.Equal([Prod], Second(world)!.Reservations.Select(each => each.Stage));
        world.RunUntil(each => Second(each)!.Phase is TrainPhase.Arrived, Soon);

        Assert.Empty(Second(world)!.Reservations);
    }

    [Fact]
    public void A_train_without_room_for_its_surge_waits_and_leaves_as_soon_as_there_is_some()
    {
        var world = AFull(out var filler);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));

        world.RunUntil(each => Second(each)?.Shortage.Length > 0, Soon);
        world.Run(TimeSpan.FromSeconds(20));
        Assert.IsType<TrainPhase.Sealed>(Second(world)!.Phase);
        Assert.StartsWith("no room for 1 more instance at staging: no host fits (", Second(world)!.Shortage);
        Assert.Contains(world.Journal, entry => entry.Action == "train.short-of-room");
        Assert.All(world.Cell.Instances.Values, each => Assert.Equal("1.0.0", $"{each.Version}"));
        world.Ask(Applied(Scaled(filler, count: 1)));
        world.RunUntil(each => Second(each)!.Phase is TrainPhase.Arrived, Soon);

        Assert.Empty(Second(world)!.Shortage);
    }

    [Fact]
    public void What_a_train_without_room_carried_travels_with_the_next_one()
    {
        var world = AFull(out var filler);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));

        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Missed, TimeSpan.FromMinutes(6));
        var reason = Assert.IsType<TrainPhase.Missed>(Second(world)!.Phase).Reason;
        Assert.Contains("; no room for 1 more instance at staging: ", reason, StringComparison.Ordinal);
        Assert.Empty(Second(world)!.Reservations);
        world.Ask(Applied(Scaled(filler, count: 1)));
        world.RunUntil(each => Runs(each, Prod, "1.1.0"), Soon);

        Assert.Equal(3, Ready(world, Checkout, Prod));
    }

    [Fact]
    public void Nobody_else_gets_the_room_while_the_train_is_on_its_way()
    {
        var world = ARunning(hosts: 2, soak: TimeSpan.FromSeconds(60), fillers: 1);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed, Soon);

        Grow(world, count: 8); // Of eight CPUs four are taken by checkout and two are kept for it.
        world.RunUntil(each => Unplaced(each, Other).Length > 0, Soon);
        world.RunUntil(each => Second(each)!.Phase is TrainPhase.Arrived, Soon);

        Assert.Equal("", Second(world)!.Shortage);
        Assert.DoesNotContain(world.Journal, entry => entry.Action == "train.short-of-room");
        world.RunUntil(each => Ready(each, Other, Prod) == 4, Soon); // What was kept is given back.
    }

    [Fact]
    public void A_larger_version_has_room_beside_each_instance_that_it_replaces()
    {
        var world = ARunning(hosts: 4, TimeSpan.Zero, fillers: 1);
        world.Ask(Applied(new ManifestSet([], [Sized(AService("checkout"), 2_000)], [], [])));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed, Soon);

        Grow(world, count: 16);
        world.RunUntil(each => Unplaced(each, Other).Length > 0, Soon);
        world.RunUntil(each => Second(each)!.Phase is TrainPhase.Arrived, Soon);

        Assert.True(Runs(world, Prod, "1.1.0"));
        Assert.DoesNotContain(world.Journal, entry => entry.Action == "train.short-of-room");
    }

    [Fact]
    public void A_stage_that_may_be_short_of_an_instance_does_not_keep_its_train()
    {
        var world = AFull(out _, maxUnavailable: 1);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));

        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Arrived, Soon);

        Assert.True(Runs(world, Prod, "1.1.0"));
    }

    [Fact]
    public void A_service_of_higher_priority_takes_what_a_train_keeps()
    {
        var world = ARunning(hosts: 2, soak: TimeSpan.FromSeconds(60));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed, Soon);

        var filler = AFiller(count: 4); // One more than is neither taken nor kept.
        world.Ask(Applied(filler with { Services = [filler.Services[0] with { Priority = 500 }] }));
        world.RunUntil(each => Ready(each, Other, Prod) == 4, Soon);

        Assert.Contains("other.prod, of higher priority, took its room on", Journaled(world), StringComparison.Ordinal);
        Assert.DoesNotContain(world.Journal, entry => entry.Action == "instance.preempting");
    }

    [Fact]
    public void A_train_of_higher_priority_makes_room_for_its_surge()
    {
        var world = AFull(out var filler, fillersFloor: 1);
        world.Ask(
            Applied(new ManifestSet([], [AService("checkout") with { Priority = Service.DefaultPriority + 1 }], [], []))
        );
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));

        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Arrived, Soon);

        Assert.Contains(world.Journal, entry => entry.Action == "instance.preempting");
        Assert.NotEmpty(filler.Services);
    }

    [Fact]
    public void Room_on_a_host_that_is_lost_is_kept_elsewhere()
    {
        var world = ARunning(hosts: 8, soak: TimeSpan.FromSeconds(60));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed, Soon);
        world.Run(TimeSpan.FromSeconds(20));
        var host = RoomsAt(world, Prod).Single().Host;

        Assert.DoesNotContain(world.Cell.Instances.Values, each => each.Host == host);
        world.Hosts[host].PowerOff();
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Lost, Soon);

        Assert.All(
            Second(world)!.Reservations.SelectMany(each => each.Rooms),
            room => Assert.NotEqual(host, room.Host)
        );
        Assert.Equal(1, KeptAt(world, Prod));
    }

    [Fact]
    public void The_way_back_to_a_larger_version_stays_open()
    {
        var world = ARunning(hosts: 4, TimeSpan.Zero, fillers: 1, cpuMillicores: 2_000);
        world.Ask(Applied(new ManifestSet([], [Sized(AService("checkout"), 500)], [], [])));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed { StageIndex: 1 }, Soon);
        Grow(world, count: 16);
        world.RunUntil(each => Running(each, "1.1.0") >= 2, Soon);
        Assert.NotEmpty(Unplaced(world, Other));

        var rollout = RolloutId.Of(Second(world)!.Id, Prod);
        world.Ask(new CellInput.AskRollout("ana", rollout, RolloutAsk.Abort, "", ConsistHash: ""));
        world.RunUntil(each => Second(each)!.Phase is TrainPhase.ArrivedPartial, Soon);

        Assert.Equal(3, Running(world, "1.0.0"));
    }

    [Fact]
    public void Explaining_counts_what_is_kept_for_others_and_not_for_oneself()
    {
        var world = ARunning(hosts: 2, soak: TimeSpan.FromSeconds(60), fillers: 1);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed, Soon);
        Grow(world, count: 4);
        world.RunUntil(each => Unplaced(each, Other).Length > 0, Soon);

        var other = CellExplainer.Explain(world.Cell, new DeploymentKey(Other, Prod))!;
        var own = CellExplainer.Explain(world.Cell, new DeploymentKey(Checkout, Prod))!;

        Assert.IsType<PlacementDecision.Unplaceable>(other.Decision);
        Assert.IsType<PlacementDecision.Placed>(own.Decision);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_goes_wrong_no_host_keeps_more_than_it_has(int seed)
    {
        var world = ARunning(hosts: 4, seed);
        world.Faults = new Faults(LosePercent: 5, RepeatPercent: 5, DelayPercent: 10, CrashPercent: 2, KillPercent: 2);
        world.Ask(Applied(AFiller(count: 5)));
        foreach (var number in Enumerable.Range(1, 6))
        {
            var size = number % 2 == 0 ? 1_000 : 2_000;
            world.Ask(Applied(new ManifestSet([], [Sized(AService("checkout"), size)], [], [])));
            world.Ask(new CellInput.Publish("ana", AnOrder($"1.{number}.0")));
            world.Run(TimeSpan.FromSeconds(40));
        }

        world.Faults = Faults.None;
        world.RunUntil(
            each => each.Cell.Trains.Values.All(train => train.Reservations.IsEmpty),
            TimeSpan.FromMinutes(15)
        );
    }

    /// <summary>The draft that a restart makes of what is stored decides as the one that was changed in place.</summary>
    [Fact]
    public void A_conductor_that_takes_over_keeps_the_same_room()
    {
        var world = ARunning(hosts: 4, soak: TimeSpan.FromSeconds(60));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed, Soon);
        world.Run(TimeSpan.FromSeconds(10));
        var kept = RoomsAt(world, Prod);

        world.Crash();
        world.Run(TimeSpan.FromSeconds(5));

        Assert.Equal(kept, RoomsAt(world, Prod));
    }

    [Fact]
    public void A_train_that_is_due_takes_what_one_of_lower_priority_keeps()
    {
        var world = ARunning(hosts: 2);
        var filler = AFiller(count: 3);
        world.Ask(Applied(filler with { Services = [filler.Services[0] with { Priority = 10 }] }));
        world.RunUntil(each => Ready(each, Other, Prod) == 3, Soon);
        var stage = filler.Lines[0].Route[0] with
        {
            Approval = new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: false),
        };
        var waits = AnOrder("1.1.0") with { Service = Other };
        world.Ask(Applied(new ManifestSet([], [], [waits], [filler.Lines[0] with { Route = [stage] }])));
        world.RunUntil(
            each => each.Cell.Rollouts.Values.Any(rollout => rollout.Phase is RolloutPhase.AwaitingApproval),
            Soon
        );

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Equal(1, Second(world)!.Reservations.Sum(each => each.Rooms.Sum(room => room.Instances)));
        Assert.Contains("checkout.staging, of higher priority, took its room on", Journaled(world));
        Assert.Equal(3, Ready(world, Other, Prod));
    }

    [Fact]
    public void Of_those_that_keep_room_the_train_of_the_lowest_priority_gives_it_up_first()
    {
        var world = ARunning(hosts: 2); // Of eight CPUs checkout has four, and each of these has one and keeps one.
        Keeping(world, "a", priority: 20);
        Keeping(world, "b", priority: 10);

        GrowCheckout(world, count: 4, priority: 500);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(["b/2"], Robbed(world));
        GrowCheckout(world, count: 5, priority: 20);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(["b/2"], Robbed(world)); // Nobody takes it from an equal.
        Assert.NotEmpty(Unplaced(world, Checkout));
        GrowCheckout(world, count: 5, priority: 21);
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Equal(["b/2", "a/2"], Robbed(world));
        Assert.Equal(5, Ready(world, Checkout, Prod));
    }

    [Fact]
    public void In_a_plan_a_train_that_waits_for_room_stands_still()
    {
        var world = AFull(out _);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Shortage.Length > 0, Soon);

        var plan = FleetPlanner.Plan(world.Cell, new FleetChange.Scale(Other, Prod, Count: 1), world.Now);

        var deployments = Assert.IsType<PlanOutcome.Planned>(plan).Plan.Deployments;
        Assert.Equal([Other], deployments.Select(each => each.Service));
    }

    /// <summary>Else checkout would take the room again, to be stopped for the same train anew.</summary>
    [Fact]
    public void What_a_coupled_train_has_stopped_of_one_service_makes_room_for_the_other()
    {
        var front = ServiceName.Parse("front");
        var line = ALine(approval: null);
        var prod = line.Route[1] with { Strategy = AStrategy() with { MaxUnavailable = 1 } };
        var world = new World(seed: 1, hosts: 2);
        world.Ask(
            Applied(
                new ManifestSet(
                    Pools: [],
                    Services: [AService("checkout") with { Priority = 20 }, AService("front")],
                    Versions: [AnOrder("1.0.0"), AnOrder("1.0.0") with { Service = front }],
                    Lines:
                    [
                        line with
                        {
                            Coupled = [new CoupledService(front, IsOptional: false)],
                            Route = [prod with { Count = 4 }],
                        },
                    ]
                )
            )
        );
        world.RunUntil(each => Ready(each, Checkout, Prod) == 4 && Ready(each, front, Prod) == 4, Soon);

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0") with { Service = front }));
        world.Run(TimeSpan.FromMinutes(1));

        Assert.Equal(1, world.Journal.Count(entry => entry.Action == "instance.preempting"));
        var kept = Assert.Single(Second(world)!.Reservations, each => !each.Rooms.IsEmpty);
        Assert.Equal((front, 1), (kept.Coupled, kept.Rooms.Sum(room => room.Instances)));
        Assert.StartsWith("no room for 2 more instances of checkout at prod: ", Second(world)!.Shortage);
    }

    /// <summary>Beside each instance that is replaced there is room for what the larger one has more, of each resource.</summary>
    [Theory]
    [InlineData(2_000, 256, 0, "1000m, 0Mi")]
    [InlineData(1_000, 300, 0, "0m, 44Mi")]
    [InlineData(500, 300, 64, "0m, 44Mi, disk 64Mi")]
    public void What_a_larger_version_lacks_is_kept_of_each_resource(int cpu, int memory, int disk, string more)
    {
        var world = ARunning(hosts: 4, TimeSpan.FromMinutes(1));
        var request = new Resources(cpu, memory) { DiskMebibytes = disk };
        var service = world.Cell.Services[Checkout];
        world.Ask(
            Applied(
                new ManifestSet([], [service with { Template = service.Template with { Request = request } }], [], [])
            )
        );
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Departed, Soon);

        var rooms = RoomsAt(world, Prod);

        Assert.Equal(
            more,
            rooms.Where(room => room.Instances == 0).Select(room => room.Room.ToString()).Distinct().Single()
        );
    }

    private static World ARunning(int hosts, int seed = 1) => ARunning(hosts, TimeSpan.Zero, seed);

    private static World ARunning(
        int hosts,
        TimeSpan soak,
        int seed = 1,
        int maxUnavailable = 0,
        int fillers = 0,
        int cpuMillicores = 1_000
    )
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var line = fleet.Lines[0];
        var world = new World(seed, hosts, new Resources(4_000, 4_096) { DiskMebibytes = 1_000 });
        world.Ask(
            Applied(
                fleet with
                {
                    Services = [Sized(fleet.Services[0], cpuMillicores)],
                    Lines =
                    [
                        line with
                        {
                            Route = [.. line.Route.Select(stage => Patient(stage, soak, maxUnavailable))],
                        },
                    ],
                }
            )
        );
        world.RunUntil(each => Ready(each, Checkout, Prod) == 3 && Ready(each, Checkout, Staging) == 1, Soon);
        if (fillers > 0)
        {
            world.Ask(Applied(AFiller(fillers)));
            world.RunUntil(each => Ready(each, Other, Prod) == fillers, Soon);
        }

        world.Run(soak + TimeSpan.FromSeconds(10));
        return world;
    }

    /// <summary>Two hosts of 4 CPUs; 4 are the checkout's, and others have the rest.</summary>
    private static World AFull(out ManifestSet filler, int maxUnavailable = 0, int fillersFloor = 4)
    {
        var world = ARunning(hosts: 2, TimeSpan.Zero, seed: 1, maxUnavailable, fillers: 0);
        filler = AFiller(count: 4);
        var stage = filler.Lines[0].Route[0];
        stage = stage with { Strategy = stage.Strategy with { MaxUnavailable = 4 - fillersFloor } };
        filler = filler with { Lines = [filler.Lines[0] with { Route = [stage] }] };
        world.Ask(Applied(filler));
        world.RunUntil(each => Ready(each, Other, Prod) == 4, Soon);
        world.Run(TimeSpan.FromSeconds(10));
        return world;
    }

    /// <summary>A service whose next version waits for an approval at its stage, where it keeps room for one.</summary>
    private static void Keeping(World world, string name, int priority)
    {
        var service = AService(name) with { Priority = priority };
        var line = ALine(approval: null);
        line = line with { Service = service.Name, Route = [line.Route[0] with { Name = Prod, Count = 1 }] };
        var first = AnOrder("1.0.0") with { Service = service.Name };
        world.Ask(Applied(new ManifestSet([], [service], [first], [line])));
        world.RunUntil(each => Ready(each, service.Name, Prod) == 1, Soon);
        world.Run(TimeSpan.FromSeconds(10));
        var gated = line.Route[0] with { Approval = new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: false) };
        var next = AnOrder("1.1.0") with { Service = service.Name };
        world.Ask(Applied(new ManifestSet([], [], [next], [line with { Route = [gated] }])));
        world.RunUntil(
            each =>
                each.Cell.Rollouts.Values.Any(rollout =>
                    rollout.Service == service.Name && rollout.Phase is RolloutPhase.AwaitingApproval
                ),
            Soon
        );
    }

    private static void GrowCheckout(World world, int count, int priority)
    {
        var line = world.Cell.Lines[LineName.Of(Checkout)];
        world.Ask(
            Applied(
                new ManifestSet(
                    Pools: [],
                    [AService("checkout") with { Priority = priority }],
                    Versions: [],
                    [line with { Route = [line.Route[0], line.Route[1] with { Count = count }] }]
                )
            )
        );
    }

    /// <summary>The trains whose room was taken.</summary>
    private static IEnumerable<string> Robbed(World world) =>
        world.Journal.Where(entry => entry.Action == "train.room-taken").Select(entry => entry.Subject);

    private static Stage Patient(Stage stage, TimeSpan soak, int maxUnavailable) =>
        stage with
        {
            Soak = stage.Name == Staging ? soak : TimeSpan.Zero,
            Strategy = stage.Strategy with
            {
                MaxUnavailable = maxUnavailable,
                Steps = maxUnavailable == 0 ? stage.Strategy.Steps : [],
            },
        };

    private static ManifestSet AFiller(int count)
    {
        var line = ALine(approval: null);
        return new ManifestSet(
            Pools: [],
            Services: [AService("other")],
            Versions: [AnOrder("1.0.0") with { Service = Other }],
            Lines: [line with { Service = Other, Route = [line.Route[0] with { Name = Prod, Count = count }] }]
        );
    }

    /// <summary>Has one instance, and from now on wants many.</summary>
    private static void Grow(World world, int count) => world.Ask(Applied(Scaled(AFiller(count), count)));

    private static ManifestSet Scaled(ManifestSet filler, int count) =>
        filler with
        {
            Versions = [],
            Lines = [filler.Lines[0] with { Route = [filler.Lines[0].Route[0] with { Count = count }] }],
        };

    private static Service Sized(Service service, int cpuMillicores) =>
        service with
        {
            Template = service.Template with { Request = new Resources(cpuMillicores, 256) },
        };

    private static CellInput.Apply Applied(ManifestSet set) => new("root", set, PlanId: null, IsDryRun: false);

    private static Train? Second(World world) =>
        world.Cell.Trains.GetValueOrDefault(new TrainKey(LineName.Of(Checkout), 2));

    private static ImmutableArray<ReservedRoom> RoomsAt(World world, StageName stage) =>
        Second(world)!.Reservations.Single(each => each.Stage == stage).Rooms;

    private static int KeptAt(World world, StageName stage) => RoomsAt(world, stage).Sum(room => room.Instances);

    private static string Journaled(World world) =>
        string.Join('\n', world.Journal.Select(entry => $"{entry.Action} {entry.Reason}"));

    private static string Unplaced(World world, ServiceName service) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(service, Prod))?.Unplaced ?? "";

    private static bool Runs(World world, StageName stage, string version) =>
        world.Cell.Deployments[new DeploymentKey(Checkout, stage)].Current == SemanticVersion.Parse(version);

    private static int Running(World world, string version) =>
        world
            .Cell.Instances.Of(new DeploymentKey(Checkout, Prod))
            .Count(each => each.Version.ToString() == version && each.IsReady);

    private static int Ready(World world, ServiceName service, StageName stage) =>
        world.Cell.Instances.Values.Count(instance =>
            instance.Service == service && instance.Stage == stage && instance.IsReady
        );
}
