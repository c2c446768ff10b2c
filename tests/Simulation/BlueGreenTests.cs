using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class BlueGreenTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly DeploymentKey AtProd = new(Checkout, Prod);

    [Fact]
    public void The_traffic_is_on_one_version_at_any_time_and_moves_when_all_of_the_new_set_is_there()
    {
        var world = AWorldRunning(approval: null);
        var switches = 0;
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.All(Targets(each), target => Assert.True(target.WeightPercent is 0 or 100, each.Tail()));
            var isSwitchedNow = WeightOf(each, "1.1.0") == 100 && WeightOf(each.Before, "1.1.0") == 0;
            Assert.True(!isSwitchedNow || Ready(each, "1.1.0") == 3, each.Tail());
            switches += isSwitchedNow ? 1 : 0;
        };

        Publish(world, "1.1.0");
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.Equal(1, switches);
        Assert.Equal(0, world.Gateway.Unanswered);
    }

    [Fact]
    public void While_the_old_version_is_kept_going_back_is_one_decision_and_starts_nothing()
    {
        var world = AWorldRunning(approval: null);
        var old = Instances(world).Select(instance => instance.Id).ToList();
        Publish(world, "1.1.0");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Switched, Soon);

        Ask(world, RolloutAsk.Rollback, "ola");
        var (oldWeight, newWeight) = (WeightOf(world.Cell, "1.0.0"), WeightOf(world.Cell, "1.1.0"));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.RolledBack, Soon);
        world.RunUntil(each => Instances(each).Count == 3, Soon);

        Assert.Equal((100, 0), (oldWeight, newWeight));
        Assert.Equal(old, Instances(world).Select(instance => instance.Id));
        Assert.Equal(0, world.Gateway.Unanswered);
    }

    [Fact]
    public void An_express_does_not_wait_for_the_old_set_to_be_kept()
    {
        var world = AWorldRunning(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Switched, Soon);
        var kept = Assert.IsType<RolloutPhase.Switched>(Newest(world).Phase).KeptUntil;

        Publish(world, "1.1.1");
        world.Ask(new CellInput.OrderExpress("ola", Checkout, SemanticVersion.Parse("1.1.1"), "in a hurry"));
        world.RunUntil(each => Newest(each).To.ToString() == "1.1.1", Soon);

        Assert.True(world.Now < kept, world.Tail());
        Assert.Single(world.Journal, entry => entry.Action == "rollout.old-released");
        world.RunUntil(IsDone("1.1.1"), Soon);
    }

    [Fact]
    public void The_new_set_is_previewed_until_somebody_approves_the_switch()
    {
        var world = AWorldRunning(new ApprovalGate(ApprovalPoint.Promotion, AllowsPublisher: false));

        Publish(world, "1.1.0");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.AwaitingApproval, Soon);
        world.Run(TimeSpan.FromMinutes(1));
        var waiting = Routed(world);
        Ask(world, RolloutAsk.Approve, "bo");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Switched, Soon);
        var switched = Routed(world);

        Assert.Equal([("1.0.0", 100, 3, false), ("1.1.0", 0, 3, true)], waiting);
        Assert.Equal([("1.0.0", 0, 3, false), ("1.1.0", 100, 3, false)], switched);
    }

    [Fact]
    public void A_host_that_is_lost_while_the_old_version_is_kept_costs_neither_set_an_instance()
    {
        var world = AWorldRunning(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Switched, Soon);

        world.Hosts[Instances(world)[0].Host].PowerOff();
        world.RunUntil(each => each.Journal.Exists(entry => entry.Action == "host.lost"), Soon);
        world.RunUntil(each => Ready(each, "1.0.0") == 3 && Ready(each, "1.1.0") == 3, TimeSpan.FromSeconds(10));
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.Equal(3, Ready(world, "1.1.0"));
    }

    [Fact]
    public void A_person_may_end_the_time_that_the_old_version_is_kept()
    {
        var world = AWorldRunning(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Switched, Soon);

        Ask(world, RolloutAsk.Promote, "ola");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Succeeded, TimeSpan.FromSeconds(10));

        Assert.Contains(world.Journal, entry => entry is { Action: "rollout.old-released", Actor: "ola" });
    }

    [Fact]
    public void A_pause_keeps_the_old_version_for_as_long_anew_and_the_way_back_open()
    {
        var world = AWorldRunning(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Switched, Soon);

        Ask(world, RolloutAsk.Pause, "ola");
        world.Run(TimeSpan.FromMinutes(2));
        var paused = Ready(world, "1.0.0");
        Ask(world, RolloutAsk.Resume, "ola");
        world.Run(TimeSpan.FromSeconds(18));
        var resumed = Ready(world, "1.0.0");
        Ask(world, RolloutAsk.Abort, "ola");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.RolledBack, Soon);

        Assert.Equal((3, 3), (paused, resumed));
    }

    [Fact]
    public void A_window_that_closes_takes_a_preview_out_and_lets_a_switch_finish()
    {
        var previewed = AWorldRunning(approval: null);
        Publish(previewed, "1.1.0");
        previewed.RunUntil(each => Newest(each).Phase is RolloutPhase.Previewing { UpSince: not null }, Soon);
        Freeze(previewed, TimeSpan.FromMinutes(1));
        previewed.RunUntil(each => Newest(each).Phase is RolloutPhase.Held, TimeSpan.FromSeconds(30));
        var kept = Instances(previewed).Count;
        previewed.RunUntil(IsDone("1.1.0"), Soon);

        var switched = AWorldRunning(approval: null);
        Publish(switched, "1.1.0");
        switched.RunUntil(each => Newest(each).Phase is RolloutPhase.Switched, Soon);
        Freeze(switched, TimeSpan.FromHours(1));
        switched.RunUntil(IsDone("1.1.0"), Soon);

        Assert.Equal(3, kept);
    }

    [Fact]
    public void A_halt_keeps_both_sets_and_a_rollback_is_possible_all_the_same()
    {
        var world = AWorldRunning(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Switched, Soon);

        world.Ask(new CellInput.Halt("ola", [], [], Within: null, "orders are lost"));
        world.Run(TimeSpan.FromMinutes(2));
        var phase = Newest(world).Phase;
        Ask(world, RolloutAsk.Abort, "ola");
        var weight = WeightOf(world.Cell, "1.0.0");
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.RolledBack, Soon);

        Assert.IsType<RolloutPhase.Halted>(phase);
        Assert.Equal(100, weight);
    }

    /// <summary>There is no old traffic to compare its own with, so errors are for people to see.</summary>
    [Fact]
    public void Errors_after_the_switch_are_no_evidence()
    {
        var world = AWorldRunning(approval: null);
        world.ErrorPercent["1.1.0"] = 50;

        Publish(world, "1.1.0");
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.Null(Newest(world).Verdict);
    }

    [Fact]
    public void A_train_leaves_only_with_room_for_a_whole_set_beside_the_old_one()
    {
        var world = AWorld(approval: null, hosts: 2, new Resources(2_000, 4_096));
        world.RunUntil(IsDone("1.0.0"), Soon);

        Publish(world, "1.1.0");
        world.RunUntil(each => each.Cell.Trains.Values.Any(train => train.Shortage.Length > 0), Soon);

        var train = world.Cell.Trains.Values.First(each => each.Shortage.Length > 0);
        Assert.StartsWith("no room for 2 more instances at prod", train.Shortage, StringComparison.Ordinal);
        Assert.IsType<TrainPhase.Sealed>(train.Phase);
    }

    private static World AWorldRunning(ApprovalGate? approval)
    {
        var world = AWorld(approval, hosts: 4, new Resources(4_000, 4_096));
        world.RunUntil(
            each => IsDone("1.0.0")(each) || each.Cell.Rollouts.Values.Any(IsAwaiting),
            TimeSpan.FromMinutes(1)
        );
        if (world.Cell.Rollouts.Values.Any(IsAwaiting))
        {
            Ask(world, RolloutAsk.Approve, "bo");
            world.RunUntil(IsDone("1.0.0"), Soon);
        }

        return world;
    }

    private static bool IsAwaiting(Rollout rollout) => rollout.Phase is RolloutPhase.AwaitingApproval;

    private static World AWorld(ApprovalGate? approval, int hosts, Resources capacity)
    {
        var world = new World(seed: 1, hosts, capacity);
        var line = ALineBy("blueGreen", count: 3);
        var lines = line with { Route = [line.Route[0] with { Approval = approval }] };
        world.Ask(
            new CellInput.Apply(
                "root",
                AFleet(approval: null, "1.0.0") with
                {
                    Lines = [lines],
                },
                PlanId: null,
                IsDryRun: false
            )
        );
        return world;
    }

    private static void Publish(World world, string version) =>
        world.Ask(new CellInput.Publish("ana", AnOrder(version)));

    private static void Ask(World world, RolloutAsk ask, string actor) =>
        Assert.IsType<CellAnswer.Accepted>(
            world.Ask(
                new CellInput.AskRollout(actor, Newest(world).Id, ask, "because", ConsistHash: null)
                {
                    IsApprover = true,
                }
            )
        );

    private static Rollout Newest(World world) => world.Cell.Rollouts.Values.MaxBy(each => each.PlannedAt)!;

    private static List<Instance> Instances(World world) => [.. world.Cell.Instances.Of(AtProd)];

    private static int Ready(World world, string version) =>
        Instances(world).Count(each => each.IsReady && each.Version.ToString() == version);

    private static IEnumerable<VersionTarget> Targets(World world) =>
        world.Cell.Deployments.GetValueOrDefault(AtProd)?.Targets ?? [];

    private static decimal WeightOf(Cell cell, string version) =>
        cell.Deployments.GetValueOrDefault(AtProd)
            ?.Targets.FirstOrDefault(each => each.Version.ToString() == version)
            ?.WeightPercent
        ?? 0;

    private static decimal WeightOf(World world, string version) => WeightOf(world.Cell, version);

    private static List<(string Version, decimal Weight, int Instances, bool IsPreview)> Routed(World world) =>
        [
            .. Levels
                .Routes(world.Cell)
                .Services.Single()
                .Versions.Select(each =>
                    (each.Version.ToString(), each.WeightPercent, each.Instances.Length, each.IsPreview)
                ),
        ];

    private static Func<World, bool> IsDone(string version) =>
        world =>
            world.Cell.Deployments.GetValueOrDefault(AtProd)?.Current?.ToString() == version
            && world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
            && world.Cell.Trains.Values.All(train => train.Phase is not TrainPhase.Departed);
}
