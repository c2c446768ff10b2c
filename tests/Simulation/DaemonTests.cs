using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class DaemonTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_daemon_runs_once_on_every_host()
    {
        var world = AWorldRunning("1.0.0", hosts: 5, seed: 1);

        Assert.Equal(5, ReadyHosts(world).Count);
        Assert.Equal(
            [new VersionTarget(SemanticVersion.Parse("1.0.0"), Count: 5, WeightPercent: 100)],
            Deployment(world).Targets
        );
    }

    [Fact]
    public void All_hosts_of_a_daemon_are_told_in_one_entry_which_each_instance_finds()
    {
        var world = AWorldRunning("1.0.0", hosts: 5, seed: 1);

        var entry = Assert.Single(world.Journal, entry => entry.Action is "instance.placed" or "instances.placed");

        Assert.EndsWith("on hosts that match: h1, h2, h3, h4, h5", entry.Reason, StringComparison.Ordinal);
        Assert.All(
            world.Cell.Instances.Values,
            instance => Assert.True(CellExplainer.TellsOfPlacement(entry, instance.Id))
        );
    }

    [Fact]
    public void A_host_that_begins_to_match_gets_one_and_one_that_no_longer_matches_loses_it()
    {
        var world = new World(seed: 1, hosts: 3);
        world.Hosts[Host(1)].Labels = Labelled("ssd");
        Apply(world, ADaemon() with { Template = ADaemon().Template with { Placement = OnSsd() } }, "1.0.0");
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.Succeeded, Soon);
        Assert.Equal([Host(1)], ReadyHosts(world));

        world.Hosts[Host(2)].Labels = Labelled("ssd");
        world.RunUntil(each => ReadyHosts(each).Count == 2, Soon);
        world.Hosts[Host(1)].Labels = Labelled("disk");
        world.RunUntil(each => each.Cell.Instances.Count == 1, Soon);

        Assert.Equal([Host(2)], ReadyHosts(world));
        Assert.Equal(1, Deployment(world).Targets[0].Count);
        Assert.Contains(
            world.Journal,
            entry => entry is { Action: "instance.draining", Reason: "h1 no longer matches" }
        );
    }

    [Fact]
    public void An_update_goes_host_by_host_and_never_leaves_out_more_than_it_may()
    {
        var world = AWorldRunning("1.0.0", hosts: 6, seed: 1);
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.True(ReadyHosts(each).Count >= 5, each.Tail());
        };

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(RunsOn("1.1.0", hosts: 6), TimeSpan.FromMinutes(5));

        Assert.All(world.Cell.Instances.Values, instance => Assert.Equal("1.1.0", instance.Version.ToString()));
        Assert.Equal(0, world.Gateway.Unanswered);
    }

    [Fact]
    public void A_canary_takes_hosts_and_a_step_on_all_of_them_is_left_out()
    {
        var world = AWorldRunning("1.0.0", hosts: 3, seed: 1);
        var steps = AStrategy().Steps;
        var stage = Route()[0] with
        {
            Strategy = AStrategy() with { Steps = [steps[0], steps[0] with { Instances = 3, WeightPercent = 50 }] },
        };
        world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [], [AnOrder("1.1.0")], [ALine(approval: null) with { Route = [stage] }]),
                PlanId: null,
                IsDryRun: false
            )
        );

        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.Baking, Soon);
        var canary = world.Cell.Instances.Values.Where(instance => instance.Version.ToString() == "1.1.0").ToList();
        world.RunUntil(RunsOn("1.1.0", hosts: 3), TimeSpan.FromMinutes(6));

        Assert.Single(canary);
        Assert.Single(Newest(world)!.Stage.Strategy.Steps);
    }

    [Fact]
    public void A_version_that_never_becomes_ready_takes_away_one_host_only_and_is_rolled_back()
    {
        var world = AWorldRunning("1.0.0", hosts: 4, seed: 1);
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.True(ReadyHosts(each).Count >= 3, each.Tail());
        };

        world.Ask(
            new CellInput.Publish(
                "ana",
                AnOrder("1.1.0") with
                {
                    Environment = AnOrder("1.1.0").Environment.Add("NEVER_READY", "1"),
                }
            )
        );
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.RolledBack, Soon);
        world.Run(TimeSpan.FromSeconds(10));

        Assert.True(RunsOn("1.0.0", hosts: 4)(world), world.Tail());
    }

    [Fact]
    public void A_cordoned_host_keeps_its_instance_through_an_update_and_one_without_gets_none()
    {
        var world = AWorldRunning("1.0.0", hosts: 3, seed: 1);
        world.Ask(new CellInput.SetAvailability("ops", Host(1), HostAvailability.Cordoned));

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(RunsOn("1.1.0", hosts: 3), Soon);
        world.Ask(new CellInput.DrainHost("ops", Host(1), Within: null, ""));
        world.RunUntil(each => each.Cell.Hosts[Host(1)].State == HostState.Drained, Soon);
        world.Ask(new CellInput.SetAvailability("ops", Host(1), HostAvailability.Cordoned));
        world.Run(TimeSpan.FromSeconds(30));
        var whileCordoned = ReadyHosts(world).ToList();
        world.Ask(new CellInput.SetAvailability("ops", Host(1), HostAvailability.Open));
        world.RunUntil(RunsOn("1.1.0", hosts: 3), Soon);

        Assert.Equal([Host(2), Host(3)], whileCordoned);
    }

    [Fact]
    public void A_draining_host_loses_its_daemon_after_everything_else()
    {
        var world = AWorldRunning("1.0.0", hosts: 3, seed: 1);
        ApplyOther(world);
        world.RunUntil(each => each.Cell.Instances.Values.Count(IsOther) == 4, Soon);
        var victim = world.Cell.Instances.Values.First(IsOther).Host;
        world.Check = each =>
        {
            Invariants.Check(each);
            var there = each.Cell.Instances.Values.Where(instance => instance.Host == victim).ToList();
            Assert.True(
                !there.Exists(IsOther)
                    || there.Exists(instance => !IsOther(instance) && instance.Phase is InstancePhase.Active),
                each.Tail()
            );
        };

        world.Ask(new CellInput.SetAvailability("ops", victim, HostAvailability.Draining));
        world.RunUntil(each => each.Cell.Instances.Values.All(instance => instance.Host != victim), Soon);
        world.Run(TimeSpan.FromSeconds(10));

        Assert.Equal(2, ReadyHosts(world).Count);
        Assert.DoesNotContain(victim, ReadyHosts(world));
        Assert.Equal(2, Deployment(world).Targets[0].Count);
    }

    [Fact]
    public void The_instance_of_a_lost_host_is_not_replaced_elsewhere()
    {
        var world = AWorldRunning("1.0.0", hosts: 3, seed: 1);

        world.Hosts[Host(2)].PowerOff();
        world.RunUntil(each => each.Cell.Hosts[Host(2)].LostSince is not null, Soon);
        world.Run(TimeSpan.FromSeconds(20));
        var meanwhile = ReadyHosts(world).ToList();
        world.Hosts[Host(2)].PowerOn();
        world.RunUntil(RunsOn("1.0.0", hosts: 3), Soon);

        Assert.Equal([Host(1), Host(3)], meanwhile);
        Assert.Equal(3, world.Cell.Instances.Count);
    }

    [Fact]
    public void What_still_runs_on_a_host_that_returns_is_taken_back()
    {
        var world = AWorldRunning("1.0.0", hosts: 3, seed: 1);
        var before = world.Hosts[Host(2)].Containers.Single();

        world.Hosts[Host(2)].IsCutOff = true;
        world.RunUntil(each => each.Cell.Hosts[Host(2)].LostSince is not null, Soon);
        world.Hosts[Host(2)].IsCutOff = false;
        world.RunUntil(RunsOn("1.0.0", hosts: 3), Soon);
        world.Run(TimeSpan.FromSeconds(10));

        Assert.Equal(before, world.Hosts[Host(2)].Containers.Single());
    }

    [Fact]
    public void No_more_hosts_get_one_than_the_quota_of_the_team_allows()
    {
        var world = AWorldRunning("1.0.0", hosts: 3, seed: 1);
        var quota = new Team(ADaemon().Team, [new QuotaLimit(QuotaResource.Instances, 2)]);
        world.Hosts[Host(2)].PowerOff();
        world.RunUntil(each => each.Cell.Hosts[Host(2)].LostSince is not null, Soon);
        world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [], [], []) { Teams = [quota] },
                PlanId: null,
                IsDryRun: false
            )
        );

        world.Hosts[Host(2)].PowerOn();
        world.Run(TimeSpan.FromSeconds(30));

        Assert.Equal([Host(1), Host(3)], ReadyHosts(world));
        Assert.StartsWith("team boutique's quota allows 2 instances and 2 exist;", Deployment(world).Unplaced);
    }

    [Fact]
    public void A_host_without_room_is_named_and_holds_up_nobody()
    {
        var world = new World(seed: 1, hosts: 3);
        ApplyOther(world);
        world.RunUntil(each => each.Cell.Instances.Values.Count(IsOther) == 4, Soon);
        var big = ADaemon().Template with { Request = new Resources(3_000, 256) };

        Apply(world, ADaemon() with { Template = big }, "1.0.0");
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.Succeeded, Soon);
        world.Run(TimeSpan.FromSeconds(5));

        var full = world
            .Cell.Instances.Values.Where(IsOther)
            .CountBy(instance => instance.Host)
            .Single(each => each.Value == 2);
        Assert.Equal($"no room on {full.Key}", Deployment(world).Unplaced);
        Assert.Equal(3, Deployment(world).Targets[0].Count);
        Assert.Equal(2, ReadyHosts(world).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Whatever_goes_wrong_every_host_has_one_in_the_end(int seed)
    {
        var world = AWorldRunning("1.0.0", hosts: 5, seed);
        var random = new Random(seed);
        world.Faults = new Faults(
            LosePercent: 10,
            RepeatPercent: 10,
            DelayPercent: 20,
            CrashPercent: 3,
            KillPercent: 1
        );

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        for (var round = 0; round < 12; round++)
        {
            var host = world.Hosts[Host(1 + random.Next(5))];
            var availability = random.Next(3) switch
            {
                0 => HostAvailability.Cordoned,
                1 => HostAvailability.Draining,
                _ => HostAvailability.Open,
            };
            world.Ask(new CellInput.SetAvailability("ops", host.Id, availability));
            host.PowerOff();
            world.Run(TimeSpan.FromSeconds(random.Next(1, 15)));
            host.PowerOn();
            world.Run(TimeSpan.FromSeconds(random.Next(1, 15)));
        }

        world.Faults = Faults.None;
        foreach (var host in world.Hosts.Keys)
        {
            world.Ask(new CellInput.SetAvailability("ops", host, HostAvailability.Open));
        }

        world.RunUntil(
            each => Newest(each) is { } rollout && RolloutMachine.IsFinished(rollout),
            TimeSpan.FromMinutes(10)
        );
        world.RunUntil(each => ReadyHosts(each).Count == 5 && each.Cell.Instances.Count == 5, TimeSpan.FromMinutes(2));
        Assert.Single(world.Cell.Instances.Values.Select(instance => instance.Version).Distinct());
    }

    [Fact]
    public void A_line_must_fit_the_kind_of_its_service()
    {
        var world = new World(seed: 1, hosts: 1);

        var counted = Refused(world, ADaemon(), ALine(approval: null).Route);
        var uncounted = Refused(world, AService("checkout"), Route());

        Assert.Equal(["count_unexpected", "count_unexpected"], counted.Select(place => place.Code));
        Assert.Equal("spec.route[0].count", counted[0].Path);
        Assert.Equal(["count_missing"], uncounted.Select(place => place.Code));
    }

    /// <summary>The line is blamed if it is applied too, else the service.</summary>
    [Fact]
    public void A_service_must_fit_the_line_that_it_has()
    {
        var world = new World(seed: 1, hosts: 1);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null), PlanId: null, IsDryRun: false));

        var alone = Refused(world, new ManifestSet([], [ADaemon()], [], []));
        var together = Refused(world, new ManifestSet([], [ADaemon()], [], [ALine(approval: null)]));

        Assert.Equal(
            [("Service/checkout", "spec.kind"), ("Service/checkout", "spec.kind")],
            alone.Select(place => (place.Subject, place.Path))
        );
        Assert.Equal(
            [("Line/checkout", "spec.route[0].count"), ("Line/checkout", "spec.route[1].count")],
            together.Select(place => (place.Subject, place.Path))
        );
    }

    [Fact]
    public void The_kind_of_a_service_that_is_deployed_is_fixed()
    {
        var world = AWorldRunning("1.0.0", hosts: 2, seed: 1);

        var answer = world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [AService("checkout")], [], [ALine(approval: null)]),
                PlanId: null,
                IsDryRun: false
            )
        );

        var place = Assert.Single(Assert.IsType<CellAnswer.Refused>(answer).Places);
        Assert.Equal(("kind_fixed", "spec.kind"), (place.Code, place.Path));
        Assert.Contains("another name", place.Hint, StringComparison.Ordinal);
    }

    private static ImmutableArray<RefusedPlace> Refused(World world, Service service, ImmutableArray<Stage> route) =>
        Refused(world, new ManifestSet([], [service], [], [ALine(approval: null) with { Route = route }]));

    private static ImmutableArray<RefusedPlace> Refused(World world, ManifestSet manifests) =>
        Assert
            .IsType<CellAnswer.Refused>(
                world.Ask(new CellInput.Apply("root", manifests, PlanId: null, IsDryRun: false))
            )
            .Places;

    private static World AWorldRunning(string version, int hosts, int seed)
    {
        var world = new World(seed, hosts);
        world.Run(TimeSpan.FromSeconds(1));
        Apply(world, ADaemon(), version);
        world.RunUntil(RunsOn(version, hosts), Soon);
        return world;
    }

    private static Service ADaemon()
    {
        var service = AService("checkout");
        return service with { Template = service.Template with { Kind = new ServiceKind.Daemon() } };
    }

    private static ImmutableArray<Stage> Route() =>
        [ALine(approval: null).Route[^1] with { Count = 0, Strategy = AStrategy() with { Steps = [] } }];

    private static void Apply(World world, Service service, string version) =>
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(
                new CellInput.Apply(
                    "root",
                    new ManifestSet(
                        [],
                        [service],
                        [AnOrder(version)],
                        [ALine(approval: null) with { Route = Route() }]
                    ),
                    PlanId: null,
                    IsDryRun: false
                )
            )
        );

    private static void ApplyOther(World world)
    {
        var other = ServiceName.Parse("other");
        var line = ALine(approval: null) with { Service = other };
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(
                new CellInput.Apply(
                    "root",
                    new ManifestSet(
                        [],
                        [AService("other")],
                        [AnOrder("1.0.0") with { Service = other }],
                        [line with { Route = [line.Route[^1] with { Count = 4 }] }]
                    ),
                    PlanId: null,
                    IsDryRun: false
                )
            )
        );
    }

    private static bool IsOther(Instance instance) => instance.Service.Value == "other";

    private static PlacementRules OnSsd() =>
        PlacementRules.None with
        {
            Constraints = [new HostConstraint.OneOf("disk", ["ssd"])],
        };

    private static ImmutableSortedDictionary<string, string> Labelled(string disk) =>
        ImmutableSortedDictionary<string, string>.Empty.Add("disk", disk);

    private static HostId Host(int number) => HostId.Parse($"h{number}");

    private static Deployment Deployment(World world) => world.Cell.Deployments[new DeploymentKey(Checkout, Prod)];

    private static Rollout? Newest(World world) =>
        world.Cell.Rollouts.Values.LastOrDefault(rollout => rollout.Service == Checkout);

    private static List<HostId> ReadyHosts(World world) =>
        [
            .. world
                .Cell.Instances.Values.Where(instance => instance.Service == Checkout && instance.IsReady)
                .Select(instance => instance.Host)
                .Order(),
        ];

    private static Func<World, bool> RunsOn(string version, int hosts) =>
        world =>
            Newest(world) is { } rollout
            && RolloutMachine.IsFinished(rollout)
            && world.Cell.Instances.Values.Count(instance =>
                instance.Service == Checkout && instance.IsReady && instance.Version.ToString() == version
            ) == hosts;
}
