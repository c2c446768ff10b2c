using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What all strategies have in common: where they lead, and what must never happen on the way.</summary>
public sealed class StrategyTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(5);

    public static TheoryData<string> Strategies =>
        ["rolling", "patient", "canary", "waves", "zones", "patient zones", "recreate", "blueGreen"];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_first_version_the_next_one_and_a_bad_one_end_where_they_should(string strategy)
    {
        var world = AWorld(strategy, seed: 1);
        world.RunUntil(RunsAtProd("1.0.0", count: 3), Soon);
        var unanswered = world.Gateway.Unanswered;

        Publish(world, "1.1.0");
        world.RunUntil(RunsAtProd("1.1.0", count: 3), Soon);
        Publish(world, "1.2.0", ("NEVER_READY", "1"));
        world.RunUntil(each => HasRolledBack(each, "1.2.0") && RunsAtProd("1.1.0", count: 3)(each), Soon);

        Assert.Equal(unanswered, world.Gateway.Unanswered);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_version_of_the_same_image_with_other_settings_is_rolled_out_as_any_other(string strategy)
    {
        var world = AWorld(strategy, seed: 2);
        world.RunUntil(RunsAtProd("1.0.0", count: 3), Soon);

        Publish(world, "1.0.1", ("LOG_LEVEL", "debug"));
        world.RunUntil(RunsAtProd("1.0.1", count: 3), Soon);

        var (before, after) = (VersionOf(world, "1.0.0").Template, VersionOf(world, "1.0.1").Template);
        Assert.Equal(before.Image, after.Image);
        Assert.Equal("debug", after.Environment["LOG_LEVEL"]);
    }

    [Fact]
    public void A_canary_goes_through_all_of_its_steps_one_after_the_other()
    {
        var line = ALineBy("canary", count: 3);
        var step = AStrategy().Steps[0];
        var steps = AStrategy() with
        {
            Steps = [step, step with { WeightPercent = 20 }, step with { WeightPercent = 50 }],
        };
        var world = new World(seed: 1, hosts: 4) { Check = Invariants.Check };
        var fleet = AFleet(approval: null, "1.0.0") with
        {
            Lines = [line with { Route = [line.Route[0] with { Strategy = steps }] }],
        };
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(RunsAtProd("1.0.0", count: 3), Soon);

        Publish(world, "1.1.0");
        world.RunUntil(RunsAtProd("1.1.0", count: 3), Soon);

        var told = world
            .Journal.Where(entry => entry.Action is "rollout.deploying" or "rollout.baking" or "rollout.promoting")
            .Where(entry => entry.Subject == "checkout/2/prod")
            .Select(entry => entry.Reason);
        Assert.Equal(
            [
                "step 1 of 3",
                "10 % of the traffic",
                "step 2 of 3",
                "20 % of the traffic",
                "step 3 of 3",
                "50 % of the traffic",
            ],
            told.Take(6)
        );
    }

    /// <summary>A count is no version: it waits for no train.</summary>
    [Theory]
    [MemberData(nameof(Strategies))]
    public void Another_count_alone_holds_at_once_in_both_directions(string strategy)
    {
        var world = AWorld(strategy, seed: 3);
        world.RunUntil(RunsAtProd("1.0.0", count: 3), Soon);

        Declare(world, strategy, count: 5);
        world.RunUntil(RunsAtProd("1.0.0", count: 5), Soon);
        Declare(world, strategy, count: 2);
        world.RunUntil(RunsAtProd("1.0.0", count: 2), Soon);

        Assert.Single(world.Cell.Rollouts);
        Assert.Equal(0, world.Gateway.Unanswered);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Another_count_while_a_rollout_is_under_way_holds_when_it_has_ended(string strategy)
    {
        var world = AWorld(strategy, seed: 3);
        world.RunUntil(RunsAtProd("1.0.0", count: 3), Soon);

        Publish(world, "1.1.0");
        world.RunUntil(IsUnderWay("1.1.0"), Soon);
        Declare(world, strategy, count: 5);
        world.RunUntil(RunsAtProd("1.1.0", count: 5), Soon);
        Publish(world, "1.2.0", ("NEVER_READY", "1"));
        world.RunUntil(IsUnderWay("1.2.0"), Soon);
        Declare(world, strategy, count: 2);
        world.RunUntil(each => HasRolledBack(each, "1.2.0") && RunsAtProd("1.1.0", count: 2)(each), Soon);

        Assert.Equal(0, world.Gateway.Unanswered);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_host_that_is_lost_in_the_middle_holds_nobody_up(string strategy)
    {
        var world = AWorld(strategy, seed: 4);
        world.RunUntil(RunsAtProd("1.0.0", count: 3), Soon);
        var victim = world.Cell.Instances.Values.First(instance => instance.Stage == Prod).Host;

        Publish(world, "1.1.0");
        world.RunUntil(IsUnderWay("1.1.0"), Soon);
        world.Run(TimeSpan.FromSeconds(1));
        world.Hosts[victim].PowerOff();
        world.RunUntil(RunsAtProd("1.1.0", count: 3), Soon);
        world.Hosts[victim].PowerOn();
        world.Run(TimeSpan.FromSeconds(30));

        Assert.All(world.Cell.Instances.Values, instance => Assert.Equal("1.1.0", instance.Version.ToString()));
    }

    [Fact]
    public void An_old_instance_goes_only_for_a_new_one_that_has_been_ready_for_long_enough()
    {
        var world = AWorld("patient", seed: 6);
        world.RunUntil(RunsAtProd("1.0.0", count: 3), Soon);
        var gone = 0;
        world.Check = each =>
        {
            Invariants.Check(each);
            var now = each.Cell.Instances.Of(new DeploymentKey(Checkout, Prod)).ToList();
            var (old, proven) = (
                now.Count(instance => instance.IsReady && instance.Version.ToString() == "1.0.0"),
                now.Count(instance =>
                    instance.IsReady
                    && instance.Version.ToString() == "1.1.0"
                    && instance.Observed.ReadySince <= each.Now - TimeSpan.FromSeconds(5)
                )
            );
            Assert.True(old + proven >= 3, each.Tail());
            gone += proven;
        };

        Publish(world, "1.1.0");
        world.RunUntil(RunsAtProd("1.1.0", count: 3), Soon);

        Assert.True(gone > 0);
    }

    /// <summary>One that crashes again and again is ready in between.</summary>
    [Fact]
    public void A_restart_begins_the_time_anew()
    {
        var now = World.Start;
        var ready = Observation.None with { State = ObservedState.Ready };

        var first = ready.After(Observation.None, now);
        var again = ready.After(first, now.AddSeconds(3));
        var restarted = (ready with { Restarts = 1 }).After(again, now.AddSeconds(4));
        var gone = (ready with { State = ObservedState.NotReady }).After(restarted, now.AddSeconds(5));

        Assert.Equal((now, now), (first.ReadySince, again.ReadySince));
        Assert.Equal(now.AddSeconds(4), restarted.ReadySince);
        Assert.Null(gone.ReadySince);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Whatever_goes_wrong_every_strategy_keeps_the_invariants_and_converges(string strategy)
    {
        for (var seed = 500; seed < 504; seed++)
        {
            var world = AWorld(strategy, seed);
            world.Faults = new Faults(
                LosePercent: 10,
                RepeatPercent: 10,
                DelayPercent: 30,
                CrashPercent: 3,
                KillPercent: 1
            );
            world.Run(TimeSpan.FromSeconds(60));
            Publish(world, "1.1.0");
            world.Run(TimeSpan.FromSeconds(20 + (seed % 30)));
            Ask(world, seed % 2 == 0 ? RolloutAsk.Abort : RolloutAsk.Pause);
            world.Run(TimeSpan.FromSeconds(20));
            Ask(world, seed % 3 == 0 ? RolloutAsk.Abort : RolloutAsk.Resume);
            world.Run(TimeSpan.FromSeconds(20));

            world.Faults = Faults.None;
            Publish(world, "1.2.0");
            world.RunUntil(RunsAtProd("1.2.0", count: 3), TimeSpan.FromMinutes(15));

            Assert.Equal(
                world.Cell.Instances.Values.Select(instance => instance.Id).Order(),
                world.Hosts.Values.SelectMany(host => host.Containers).Select(each => each.Id).Order()
            );
        }
    }

    [Fact]
    public void A_way_back_without_room_takes_the_place_of_what_serves_nobody()
    {
        var world = AWorldOf(seed: 1, "patient", new Resources(1_000, 1_024));
        world.RunUntil(RunsAtProd("1.0.0", count: 3), Soon);
        Publish(world, "1.1.0");
        world.RunUntil(each => EmptyHost(each) is not null && IsOn(each, "1.1.0") == 1, Soon);
        EmptyHost(world)!.PowerOff();
        world.RunUntil(each => each.Cell.Hosts.Values.Any(host => host.LostSince is not null), Soon);
        world.Run(TimeSpan.FromSeconds(10));

        Ask(world, RolloutAsk.Abort);

        world.RunUntil(each => HasRolledBack(each, "1.1.0"), TimeSpan.FromSeconds(15));
        Assert.IsType<RolloutPhase.RolledBack>(Newest(world).Phase);
        Assert.Equal(3, IsOn(world, "1.0.0"));
    }

    private static int IsOn(World world, string version) =>
        world
            .Cell.Instances.Of(new DeploymentKey(Checkout, Prod))
            .Count(each => each.IsReady && each.Version.ToString() == version);

    private static SimulatedHost? EmptyHost(World world) =>
        world.Hosts.Values.FirstOrDefault(host => !host.Containers.Any());

    private static World AWorld(string strategy, int seed) => AWorldOf(seed, strategy, new Resources(4_000, 4_096));

    private static World AWorldOf(int seed, string strategy, Resources ofHost)
    {
        var world = new World(seed, hosts: 4, ofHost);
        if (strategy.EndsWith("zones", StringComparison.Ordinal))
        {
            world.InZones("a", "b", "c");
        }

        var fleet = AFleet(approval: null, "1.0.0");
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(
                new CellInput.Apply(
                    "root",
                    fleet with
                    {
                        Lines = [ALineBy(strategy, count: 3)],
                    },
                    PlanId: null,
                    IsDryRun: false
                )
            )
        );
        return world;
    }

    private static void Declare(World world, string strategy, int count) =>
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(
                new CellInput.Apply(
                    "root",
                    new ManifestSet([], [], [], [ALineBy(strategy, count)]),
                    PlanId: null,
                    IsDryRun: false
                )
            )
        );

    private static void Publish(World world, string version, params (string Name, string Value)[] variables)
    {
        var order = AnOrder(version);
        world.Ask(
            new CellInput.Publish(
                "ana",
                order with
                {
                    Environment = order.Environment.AddRange(
                        variables.Select(each => KeyValuePair.Create(each.Name, each.Value))
                    ),
                }
            )
        );
    }

    private static void Ask(World world, RolloutAsk ask) =>
        world.Ask(new CellInput.AskRollout("ola", Newest(world).Id, ask, "because", ConsistHash: null));

    private static Rollout Newest(World world) =>
        world.Cell.Rollouts.Values.Where(each => each.Stage.Name == Prod).MaxBy(each => each.PlannedAt)!;

    private static ServiceVersion VersionOf(World world, string version) =>
        world.Cell.Versions[new VersionKey(Checkout, SemanticVersion.Parse(version))];

    private static Func<World, bool> IsUnderWay(string version) =>
        world => Newest(world) is var newest && newest.To.ToString() == version && !RolloutMachine.IsWaiting(newest);

    private static bool HasRolledBack(World world, string version) =>
        world.Cell.Rollouts.Values.Any(each =>
            each.To.ToString() == version && each.Phase is RolloutPhase.RolledBack or RolloutPhase.RollbackFailed
        );

    private static Func<World, bool> RunsAtProd(string version, int count) =>
        world =>
        {
            var instances = world
                .Cell.Instances.Of(new DeploymentKey(Checkout, Prod))
                .Where(each => world.Cell.Hosts[each.Host].LostSince is null)
                .ToList();
            return world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, Prod))?.Current?.ToString()
                    == version
                && world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
                && world.Cell.Trains.Values.All(train => train.Phase is not TrainPhase.Departed)
                && instances.Count == count
                && instances.TrueForAll(instance => instance.IsReady && instance.Version.ToString() == version);
        };
}
