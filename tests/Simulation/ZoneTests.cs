using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Zone by zone: what one mistake may take is what one power cut may take.</summary>
public sealed class ZoneTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly DeploymentKey AtProd = new(Checkout, Prod);

    [Theory]
    [InlineData("rolling", "a b c")]
    [InlineData("zones", "a b c")]
    [InlineData("patient zones", "c a b")]
    public void A_version_comes_to_a_zone_only_when_the_one_before_has_none_of_the_old_one(
        string strategy,
        string order
    )
    {
        var world = ARunning(strategy, count: 6, hosts: 6, "a", "b", "c");

        var seen = ZonesReached(world, "1.1.0");

        Assert.Equal(order.Split(' '), seen);
        Assert.Equal([2, 2, 2], PerZone(world, "1.1.0"));
    }

    [Fact]
    public void Several_zones_go_at_once_where_the_stage_says_so()
    {
        var world = ARunning("rolling", count: 6, hosts: 6, "a", "b", "c", "d", "e", "f");
        Declare(world, new Exchange.Rolling { Domains = DomainWaves.Zones with { Parallel = 3 } }, count: 6);

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(IsDone("1.1.0"), Soon);

        var wave = Assert.Single(world.Journal, entry => entry.Action == "rollout.wave");
        Assert.Equal("wave 2 of 2: 6 of 6 instances, zone d and e and f", wave.Reason);
    }

    [Fact]
    public void A_share_of_all_takes_no_notice_of_zones()
    {
        var world = ARunning("rolling", count: 6, hosts: 6, "a", "b", "c");
        Declare(world, new Exchange.Rolling { Waves = Waves.AllAtOnce }, count: 6);

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.DoesNotContain(world.Journal, entry => entry.Action == "rollout.wave");
    }

    [Fact]
    public void A_bad_version_never_leaves_the_first_zone_and_all_of_it_goes_back_at_once()
    {
        var world = ARunning("patient zones", count: 6, hosts: 6, "a", "b", "c");
        world.ErrorPercent["1.1.0"] = 50;

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        var reached = new SortedSet<string>(StringComparer.Ordinal);
        world.RunUntil(
            each =>
            {
                reached.UnionWith(ZonesOf(each, "1.1.0"));
                return Newest(each).Phase is RolloutPhase.RolledBack;
            },
            Soon
        );

        Assert.Equal(["c"], reached);
        Assert.Equal(6, world.Cell.Instances.Of(AtProd).Count(each => each.Version.ToString() == "1.0.0"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    public void Another_count_with_the_new_version_is_reached_at_the_end(int count)
    {
        var world = ARunning("rolling", count: 6, hosts: 6, "a", "b", "c");
        var fewest = 6;
        world.Check = each =>
        {
            Invariants.Check(each);
            fewest = Math.Min(fewest, each.Cell.Instances.Of(AtProd).Count(instance => instance.IsReady));
        };

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Promoting, Soon);
        Declare(world, new Exchange.Rolling(), count);
        world.RunUntil(each => IsDone("1.1.0")(each) && PerZone(each, "1.1.0").Sum() == count, Soon);

        Assert.Equal(Math.Min(6, count), fewest);
        Assert.True(count < 6 || PerZone(world, "1.1.0").TrueForAll(zone => zone == count / 3));
    }

    [Fact]
    public void A_zone_without_room_for_the_surge_keeps_the_train_and_is_named()
    {
        var world = new World(seed: 1, hosts: 2, new Resources(2_000, 4_096));
        world.InZones("a", "b");
        Begin(world, "rolling", count: 4);

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => each.Cell.Trains.Values.Any(train => train.Shortage.Length > 0), Soon);

        Assert.StartsWith(
            "no room for 1 more instance at prod, where zone is a: no host fits (",
            world.Cell.Trains.Values.Single(train => train.Shortage.Length > 0).Shortage,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Zones_that_all_go_at_once_need_room_for_the_surge_as_ever()
    {
        var world = new World(seed: 1, hosts: 2, new Resources(2_000, 4_096));
        world.InZones("a", "b");
        Begin(world, "rolling", count: 4);
        Declare(world, new Exchange.Rolling { Domains = DomainWaves.Zones with { Parallel = 2 } }, count: 4);

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => each.Cell.Trains.Values.Any(train => train.Shortage.Length > 0), Soon);

        Assert.Equal("1.0.0", world.Cell.Deployments[AtProd].Current!.ToString());
    }

    [Fact]
    public void On_the_way_back_every_zone_gets_what_it_had()
    {
        var world = ARunning("rolling", count: 6, hosts: 6, "a", "b", "c");
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Promoting { Wave: 2 }, Soon);

        world.Ask(new CellInput.AskRollout("ola", Newest(world).Id, RolloutAsk.Abort, "no", ConsistHash: null));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.RolledBack, Soon);
        world.RunUntil(each => PerZone(each, "1.0.0").Sum() == 6, Soon);

        Assert.Equal([2, 2, 2], PerZone(world, "1.0.0"));
    }

    [Fact]
    public void A_first_version_that_is_given_up_goes_though_some_of_it_is_ready()
    {
        var world = new World(seed: 1, hosts: 2, new Resources(1_000, 4_096));
        var fleet = AFleet(approval: null, "1.0.0") with { Lines = [ALineBy("rolling", count: 4)] };
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));

        world.RunUntil(each => each.Cell.Rollouts.Values.Any(RolloutMachine.IsFinished), Soon);
        world.RunUntil(each => each.Cell.Instances.Count == 0, Soon);

        Assert.IsType<RolloutPhase.RolledBack>(Newest(world).Phase);
    }

    [Fact]
    public void A_daemon_goes_zone_by_zone_too()
    {
        var world = new World(seed: 1, hosts: 6);
        world.InZones("a", "b", "c");
        var line = ALineBy("rolling", count: 1);
        line = line with { Route = [line.Route[0] with { Count = 0 }] };
        var fleet = AFleet(approval: null, "1.0.0") with { Lines = [line] };
        fleet = fleet with
        {
            Services =
            [
                fleet.Services[0] with
                {
                    Template = fleet.Services[0].Template with { Kind = new ServiceKind.Daemon() },
                },
            ],
        };
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(IsDone("1.0.0"), Soon);

        var seen = ZonesReached(world, "1.1.0");

        Assert.Equal(["a", "b", "c"], seen);
        Assert.Equal([2, 2, 2], PerZone(world, "1.1.0"));
    }

    /// <summary>The order in which the version comes to zones, and that each is left without the old one before the next.</summary>
    private static List<string> ZonesReached(World world, string version)
    {
        var seen = new List<string>();
        world.Ask(new CellInput.Publish("ana", AnOrder(version)));
        world.RunUntil(
            each =>
            {
                var mixed = ZonesOf(each, version).Intersect(ZonesOf(each, "1.0.0"), StringComparer.Ordinal);
                Assert.True(mixed.Count() <= 1, each.Tail());
                seen.AddRange(ZonesOf(each, version).Except(seen, StringComparer.Ordinal));
                return IsDone(version)(each);
            },
            Soon
        );
        return seen;
    }

    private static World ARunning(string strategy, int count, int hosts, params string[] zones)
    {
        var world = new World(seed: 1, hosts);
        world.InZones(zones);
        Begin(world, strategy, count);
        return world;
    }

    private static void Begin(World world, string strategy, int count)
    {
        var fleet = AFleet(approval: null, "1.0.0") with { Lines = [ALineBy(strategy, count)] };
        Assert.IsType<CellAnswer.Applied>(world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false)));
        world.RunUntil(IsDone("1.0.0"), Soon);
    }

    private static void Declare(World world, Exchange exchange, int count)
    {
        var line = ALineBy("rolling", count);
        var stage = line.Route[0] with { Strategy = line.Route[0].Strategy with { Exchange = exchange } };
        var manifests = new ManifestSet([], [], [], [line with { Route = [stage] }]);
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(new CellInput.Apply("root", manifests, PlanId: null, IsDryRun: false))
        );
    }

    private static IEnumerable<string> ZonesOf(World world, string version) =>
        world
            .Cell.Instances.Of(AtProd)
            .Where(each => each.Version.ToString() == version && each.Phase is InstancePhase.Active)
            .Select(each => world.Cell.Hosts[each.Host].Labels["zone"])
            .Distinct()
            .Order(StringComparer.Ordinal);

    private static List<int> PerZone(World world, string version) =>
        [
            .. world
                .Cell.Instances.Of(AtProd)
                .Where(each => each.Version.ToString() == version && each.IsReady)
                .GroupBy(each => world.Cell.Hosts[each.Host].Labels["zone"])
                .OrderBy(zone => zone.Key, StringComparer.Ordinal)
                .Select(zone => zone.Count()),
        ];

    private static Rollout Newest(World world) => world.Cell.Rollouts.Values.MaxBy(each => each.PlannedAt)!;

    private static Func<World, bool> IsDone(string version) =>
        world =>
            world.Cell.Deployments.GetValueOrDefault(AtProd)?.Current?.ToString() == version
            && world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
            && world.Cell.Trains.Values.All(train => train.Phase is not TrainPhase.Departed);
}
