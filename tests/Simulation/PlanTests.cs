using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What is planned is what happens when it is done.</summary>
public sealed class PlanTests
{
    /// <summary>All first versions have arrived or found no room by then.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(100);

    private static readonly string[] Names = ["checkout", "cart", "mail"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Draining_comes_out_as_planned(int seed)
    {
        var (world, random) = ASmallFleet(seed);
        var hosts = SomeHosts(world, random);

        var plan = Plan(world, new FleetChange.Drain(hosts));
        var before = ActiveIn(world);
        world.AskAll(hosts.Select(host => new CellInput.SetAvailability("root", host, HostAvailability.Draining)));
        world.Run(Settling);

        AssertCameTrue(plan, before, world);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Losing_hosts_comes_out_as_planned(int seed)
    {
        var (world, random) = ASmallFleet(seed);
        var hosts = SomeHosts(world, random);

        var plan = Plan(world, new FleetChange.Lose(hosts));
        var before = ActiveIn(world);
        hosts.ToList().ForEach(host => world.Hosts[host].PowerOff());
        world.Run(Settling);

        AssertCameTrue(plan, before, world);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Scaling_comes_out_as_planned(int seed)
    {
        var (world, random) = ASmallFleet(seed);
        if (world.Cell.Deployments.Values.Where(each => each.Current is not null).ToList() is not { Count: > 0 } all)
        {
            return; // Not even one found room.
        }

        var chosen = all[random.Next(all.Count)];
        var count = random.Next(1, 9);
        var line = Rescaled(world.Cell.Lines[LineName.Of(chosen.Service)], chosen.Stage, count);

        var scaled = Plan(world, new FleetChange.Scale(chosen.Service, chosen.Stage, count));
        var applied = Plan(world, new FleetChange.Manifests(new ManifestSet([], [], [], [line])));
        var before = ActiveIn(world);
        world.Ask(new CellInput.Apply("root", new ManifestSet([], [], [], [line]), PlanId: null, IsDryRun: false));
        world.Run(Settling);

        AssertCameTrue(scaled, before, world);
        AssertCameTrue(applied, before, world);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_new_version_comes_out_as_planned(int seed)
    {
        var (world, random) = ASmallFleet(seed);
        if (world.Cell.Deployments.Values.Where(each => each.Current is not null).ToList() is not { Count: > 0 } all)
        {
            return;
        }

        var chosen = all[random.Next(all.Count)];
        var order = AnOrder("1.1.0") with { Service = chosen.Service };

        var plan = Plan(world, new FleetChange.Publish(order));
        var before = ActiveIn(world);
        world.Ask(new CellInput.Publish("ana", order));
        world.Run(plan.IsPlaceable ? Settling : TimeSpan.FromSeconds(25));

        if (plan.IsPlaceable)
        {
            AssertCameTrue(plan, before, world);
        }
        else
        {
            Assert.True(
                plan.DoTrainsWait
                    ? world.Cell.Trains.Values.Any(train => train.Shortage.Length > 0)
                    : world.Cell.Deployments.Values.Any(each => each.Unplaced.Length > 0)
            );
        }
    }

    [Fact]
    public void A_plan_changes_nothing_and_is_the_same_again()
    {
        var (world, _) = ASmallFleet(seed: 3);
        var cell = world.Cell;
        var change = new FleetChange.Drain([.. world.Cell.Hosts.Keys.Take(1)]);

        var plans = Enumerable.Range(0, 2).Select(_ => Text(Plan(world, change))).ToList();

        Assert.Same(cell, world.Cell);
        Assert.Equal(plans[0], plans[1]);
    }

    [Fact]
    public void A_rollout_says_the_most_room_that_it_takes_on_the_way()
    {
        var world = AWorldRunning(AFleet(approval: null, "1.0.0"));

        var plan = Plan(world, new FleetChange.Publish(AnOrder("1.1.0")));

        var prod = plan.Deployments.Single(each => each.Stage == Prod);
        Assert.Equal((3, 3, 1), (prod.Before, prod.After, prod.Surge));
        Assert.Equal(new Resources(1_000, 256), prod.SurgeRoom);
        Assert.Equal(("1.0.0", "1.1.0"), ($"{prod.From}", $"{prod.To}"));
        Assert.True(plan.IsPlaceable);
    }

    [Fact]
    public void A_first_version_is_planned_along_its_whole_line()
    {
        var world = new World(seed: 1, hosts: 2);
        world.Run(TimeSpan.FromSeconds(1));

        var plan = Plan(world, new FleetChange.Manifests(AFleet(approval: null, "1.0.0")));

        Assert.Equal(["staging +1", "prod +3"], plan.Deployments.OrderBy(each => each.After).Select(Gain));
        Assert.Equal(["Service", "Version", "Line"], plan.Objects.Select(change => change.Kind));
        Assert.Empty(world.Cell.Services);
    }

    [Fact]
    public void What_finds_no_place_is_counted_and_explained()
    {
        var world = AWorldRunning(AFleet(approval: null, "1.0.0"));

        var plan = Plan(world, new FleetChange.Scale(Checkout, Prod, Count: 9));

        var prod = Assert.Single(plan.Deployments);
        Assert.Equal(
            (2, "no host fits (LacksCpu: 2); host h1 lacks 1000 millicores of CPU"),
            (prod.Unplaced, prod.Reason)
        );
        Assert.False(plan.IsPlaceable);
    }

    [Fact]
    public void A_rollout_under_way_keeps_its_count_and_stands_still()
    {
        var world = AWorldRunning(AFleet(approval: null, "1.0.0"));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(
            each => each.Cell.Rollouts.Values.Any(rollout => rollout.Phase is RolloutPhase.Baking),
            TimeSpan.FromMinutes(1)
        );

        var scaled = FleetPlanner.Plan(world.Cell, new FleetChange.Scale(Checkout, Prod, Count: 4), world.Now);
        var drained = Plan(world, new FleetChange.Drain([HostId.Parse("h1")]));

        Assert.Equal("rollout_under_way", Assert.IsType<PlanOutcome.Refused>(scaled).Answer.Code);
        Assert.Contains("Under way, and standing still here: checkout/2/prod.", drained.Notes);
    }

    [Fact]
    public void A_plan_says_which_window_a_version_would_wait_for()
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var (whole, straight) = (AWorldRunning(fleet), AWorldRunning(fleet with { Lines = [ALineBy("rolling", 3)] }));
        Freeze(whole, TimeSpan.FromHours(1));
        Freeze(straight, TimeSpan.FromHours(1));
        whole.Run(TimeSpan.FromSeconds(1));
        straight.Run(TimeSpan.FromSeconds(1));

        const string until = "window year-end denies it until 2026-03-02 10:00Z: the books are closed";
        var change = new FleetChange.Publish(AnOrder("1.1.0"));
        Assert.Equal(
            [$"checkout 1.1.0 would not get past prod: {until}; later stages are left out."],
            Plan(whole, change).Notes
        );
        Assert.Equal([$"The train of checkout 1.1.0 would wait: {until}."], Plan(straight, change).Notes);
    }

    [Fact]
    public void A_plan_says_of_what_would_run_nowhere()
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var lonely = AService("lonely");
        var world = AWorldRunning(fleet with { Services = [.. fleet.Services, lonely] });

        var plan = Plan(world, new FleetChange.Publish(AnOrder("1.1.0") with { Service = lonely.Name }));

        Assert.Equal(["lonely has no line: 1.1.0 would be published, and run nowhere."], plan.Notes);
        Assert.Empty(plan.Deployments);
    }

    [Fact]
    public void What_runs_everywhere_already_would_go_nowhere()
    {
        var world = AWorldRunning(AFleet(approval: null, "1.0.0"));

        var plan = Plan(world, new FleetChange.Publish(AnOrder("1.0.0")));

        Assert.Equal(["No train would take checkout 1.0.0 along: prod has 1.0.0 already."], plan.Notes);
        Assert.Empty(plan.Deployments);
        Assert.True(plan.IsPlaceable);
    }

    [Fact]
    public void A_version_is_planned_along_the_line_that_boards_its_channel()
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var stable = fleet.Lines[0];
        var beta = stable with
        {
            Name = LineName.Parse("checkout-beta"),
            Boarding = new BoardingRule("beta", TimeSpan.Zero),
            Route = [stable.Route[1]],
        };
        var world = AWorldRunning(fleet with { Lines = [stable, beta] });

        var ofBeta = Plan(world, new FleetChange.Publish(AnOrder("1.1.0") with { Channel = "beta" }));
        var ofStable = Plan(world, new FleetChange.Publish(AnOrder("1.1.0")));
        var ofNone = Plan(world, new FleetChange.Publish(AnOrder("1.1.0") with { Channel = "nightly" }));

        Assert.Equal([Prod], ofBeta.Deployments.Select(each => each.Stage));
        Assert.Equal([Prod, Staging], ofStable.Deployments.Select(each => each.Stage));
        Assert.Empty(ofBeta.Notes);
        Assert.Contains("its channel is nightly", Assert.Single(ofNone.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_daemon_is_exchanged_in_place_and_leaves_a_host_that_drains_for_no_other()
    {
        var world = AWorldRunning(AFleetOf(new ServiceKind.Daemon()));

        var published = Assert.Single(Plan(world, new FleetChange.Publish(AnOrder("1.1.0"))).Deployments);
        var drained = Assert.Single(Plan(world, new FleetChange.Drain([HostId.Parse("h1")])).Deployments);
        var scaled = FleetPlanner.Plan(world.Cell, new FleetChange.Scale(Checkout, Prod, Count: 4), world.Now);

        Assert.Equal((2, 2, 0, 0), (published.Before, published.After, published.Surge, published.Unplaced));
        Assert.Equal(published.Placed, published.Stopped);
        Assert.Equal((2, 1, 0), (drained.Before, drained.After, drained.Unplaced));
        Assert.Equal("kind_without_count", Assert.IsType<PlanOutcome.Refused>(scaled).Answer.Code);
    }

    [Fact]
    public void Of_a_batch_the_first_instances_are_planned()
    {
        var world = new World(seed: 1, hosts: 2);
        world.Run(TimeSpan.FromSeconds(1));
        var batch = new ServiceKind.Batch(Completions: 20, Parallelism: 10, Retries: 0, Deadline: null);

        var plan = Plan(world, new FleetChange.Manifests(AFleetOf(batch)));

        var deployment = Assert.Single(plan.Deployments);
        Assert.Equal((8, 2), (deployment.After, deployment.Unplaced)); // Two hosts of four cores.
        Assert.Equal(["checkout is a batch: at prod none of it has completed here yet."], plan.Notes);
    }

    public static TheoryData<FleetChange, string> Refused =>
        new()
        {
            { new FleetChange.Drain([HostId.Parse("h9")]), "host_unknown" },
            { new FleetChange.Lose([HostId.Parse("h9")]), "host_unknown" },
            { new FleetChange.Scale(Checkout, StageName.Parse("nowhere"), Count: 1), "deployment_unknown" },
            { new FleetChange.Publish(AnOrder("1.1.0") with { Service = ServiceName.Parse("x") }), "service_unknown" },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_change_that_would_be_refused_is_refused(FleetChange change, string code)
    {
        var world = AWorldRunning(AFleet(approval: null, "1.0.0"));

        var outcome = FleetPlanner.Plan(world.Cell, change, world.Now);

        Assert.Equal(code, Assert.IsType<PlanOutcome.Refused>(outcome).Answer.Code);
    }

    /// <summary>At prod only, without a count.</summary>
    private static ManifestSet AFleetOf(ServiceKind kind)
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var (service, line) = (fleet.Services[0], fleet.Lines[0]);
        var strategy = AStrategy() with { Steps = [] };
        return fleet with
        {
            Services = [service with { Template = service.Template with { Kind = kind } }],
            Lines = [line with { Route = [line.Route[^1] with { Count = 0, Strategy = strategy }] }],
        };
    }

    private static string Gain(DeploymentPlan plan) => $"{plan.Stage} +{plan.After - plan.Before}";

    /// <summary>Two hosts of four cores.</summary>
    private static World AWorldRunning(ManifestSet manifests)
    {
        var world = new World(seed: 1, hosts: 2);
        world.Run(TimeSpan.FromSeconds(1));
        world.Ask(new CellInput.Apply("root", manifests, PlanId: null, IsDryRun: false));
        world.Run(TimeSpan.FromSeconds(30));
        return world;
    }

    private static FleetPlan Plan(World world, FleetChange change) =>
        Assert.IsType<PlanOutcome.Planned>(FleetPlanner.Plan(world.Cell, change, world.Now)).Plan;

    private static void AssertCameTrue(FleetPlan plan, Dictionary<InstanceId, HostId> before, World world)
    {
        var after = ActiveIn(world);
        var placed = Count(after.Where(each => !before.ContainsKey(each.Key)));
        var stopped = Count(before.Where(each => !after.ContainsKey(each.Key)));

        Assert.True(plan.IsComplete);
        Assert.Equal(placed, Count(plan.Deployments, each => each.Placed));
        Assert.Equal(stopped, Count(plan.Deployments, each => each.Stopped));
        foreach (var deployment in plan.Deployments)
        {
            var key = new DeploymentKey(deployment.Service, deployment.Stage);
            Assert.Equal(deployment.Unplaced > 0, world.Cell.Deployments[key].Unplaced.Length > 0);
            Assert.Equal(deployment.Unplaced > 0 ? world.Cell.Deployments[key].Unplaced : "", deployment.Reason);
        }
    }

    private static IEnumerable<string> Count(IEnumerable<KeyValuePair<InstanceId, HostId>> instances) =>
        instances
            .CountBy(each => $"{each.Key.Value[..each.Key.Value.LastIndexOf('.')]} on {each.Value}")
            .Select(each => $"{each.Key}: {each.Value}")
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Count(
        ImmutableArray<DeploymentPlan> plans,
        Func<DeploymentPlan, ImmutableArray<HostCount>> which
    ) =>
        plans
            .SelectMany(plan => which(plan).Select(each => $"{plan.Service}.{plan.Stage} on {each.Host}: {each.Count}"))
            .Order(StringComparer.Ordinal);

    private static string Text(FleetPlan plan) =>
        string.Join(
            '\n',
            [.. Count(plan.Deployments, each => each.Placed), "", .. Count(plan.Deployments, each => each.Stopped)]
        );

    private static Dictionary<InstanceId, HostId> ActiveIn(World world) =>
        world
            .Cell.Instances.Values.Where(instance => instance.Phase is InstancePhase.Active)
            .ToDictionary(instance => instance.Id, instance => instance.Host);

    private static ImmutableArray<HostId> SomeHosts(World world, Random random) =>
        [.. world.Hosts.Keys.Where(_ => random.Next(3) == 0).DefaultIfEmpty(world.Hosts.Keys.First()).Take(2)];

    private static Line Rescaled(Line line, StageName stage, int count) =>
        line with
        {
            Route = [.. line.Route.Select(each => each.Name == stage ? each with { Count = count } : each)],
        };

    /// <summary>One that has come to rest: a plan tells what follows from its change alone.</summary>
    private static (World World, Random Random) ASmallFleet(int seed)
    {
        const int seeds = 1_000;
        var random = new Random(seed);
        var world = AWorldOf(seed, random);
        if (world.Cell.Rollouts.Values.Any(rollout => !RolloutMachine.IsFinished(rollout)))
        {
            return ASmallFleet(seed + seeds);
        }

        world.Gateway.BusyPercent = 0; // Who is slower to stop than another may let a third choose first.
        world.Check = _ => { }; // Counts that change are between two bounds on the way, which the check does not know.
        return (world, random);
    }

    /// <summary>Three to six unlike hosts and one to three services, some of which find no room.</summary>
    private static World AWorldOf(int seed, Random random)
    {
        var world = new World(seed, hosts: 0);
        foreach (var number in Enumerable.Range(1, random.Next(3, 7)))
        {
            var id = HostId.Parse($"h{number}");
            world.Hosts[id] = new SimulatedHost(id, new Resources(1_000 * random.Next(2, 6), 4_096));
        }

        var services = Names.Take(random.Next(1, 4)).Select(AService).ToList();
        world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet(
                    Pools: [],
                    [.. services.Select(service => Demanding(service, 500 * random.Next(1, 3)))],
                    [.. services.Select(service => AnOrder("1.0.0") with { Service = service.Name })],
                    [.. services.Select(service => ALineOf(service.Name, random))]
                ),
                PlanId: null,
                IsDryRun: false
            )
        );
        world.Run(Settling);
        return world;
    }

    private static Service Demanding(Service service, int cpuMillicores) =>
        service with
        {
            Template = service.Template with { Request = new Resources(cpuMillicores, 256) },
        };

    private static Line ALineOf(ServiceName service, Random random)
    {
        var line = ALine(approval: null);
        return line with
        {
            Service = service,
            Route = [.. line.Route.Select(stage => stage with { Count = random.Next(1, 5) })],
        };
    }
}
