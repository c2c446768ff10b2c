using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Four hosts with room for four each, and one instance on every one of them.</summary>
public sealed class RebalanceTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly RebalanceOrder Pack = new(PoolName.Parse("default"), RebalanceGoal.Pack, Moves: 10);

    [Fact]
    public void A_rebalance_frees_the_hosts_that_its_plan_names_and_no_request_is_lost()
    {
        var world = ASpread();
        var plan = Plan(world, Pack);

        Assert.Equal("1", Ask(world, Pack).Subject);
        world.RunUntil(Ended, Soon);
        world.RunUntil(IsStill, Soon);

        var ended = world.Cell.Rebalances[1];
        Assert.IsType<RebalancePhase.Succeeded>(ended.Phase);
        Assert.Equal((3, 3, 0), (ended.Planned, ended.Moved, ended.Skipped));
        Assert.Equal(plan.Moves.Select(move => move.To).Distinct(), Used(world));
        Assert.DoesNotContain(world.Cell.Instances.Values, each => plan.Moves.Any(move => move.Instance == each.Id));
        Assert.Equal(0, world.Gateway.Unanswered);
        Assert.Contains(world.Journal, entry => entry is { Action: "rebalance.planned", Actor: "ops", Subject: "1" });
        Assert.Contains(world.Journal, entry => entry is { Action: "rebalance.succeeded", Subject: "1" });
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(RebalanceOrder.MaxMoves, false)]
    [InlineData(RebalanceOrder.MaxMoves + 1, true)]
    public void A_number_of_moves_is_from_one_to_ten_thousand(int moves, bool isRefused) =>
        Assert.Equal(
            isRefused,
            FleetRebalancer.Plan(ASpread().Cell, Pack with { Moves = moves }, World.Start) is RebalanceOutcome.Refused
        );

    [Fact]
    public void The_old_one_ends_only_once_every_gateway_serves_the_new_one()
    {
        var world = ASpread();
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.All(
                each.Cell.RebalanceSteps.Values.Where(step => step.State is MoveState.Starting or MoveState.Serving),
                step => Assert.True(each.Cell.Instances.Find(step.Move.Instance) is { Phase: InstancePhase.Active })
            );
            Assert.All(
                each.Cell.RebalanceSteps.Values.Where(step =>
                    step.State is MoveState.Moved && each.Before.RebalanceSteps[step.Key].State is not MoveState.Moved
                ),
                step => Assert.Contains(step.Replacement!, each.Gateway.Routed)
            );
        };

        Ask(world, Pack);
        world.RunUntil(Ended, Soon);

        Assert.Equal(3, world.Cell.Rebalances[1].Moved);
    }

    [Fact]
    public void While_a_gateway_has_an_older_table_the_old_one_stays()
    {
        var world = ASpread();
        world.Gateway.IsCutOff = true;

        Ask(world, Pack);
        world.Run(TimeSpan.FromSeconds(20));
        Assert.Contains(world.Cell.RebalanceSteps.Values, step => step.State is MoveState.Serving);
        Assert.Equal((0, 0), (world.Cell.Rebalances[1].Moved, world.Cell.Rebalances[1].Skipped));
        world.Gateway.IsCutOff = false;
        world.RunUntil(Ended, Soon);

        Assert.Equal(3, world.Cell.Rebalances[1].Moved);
    }

    [Fact]
    public void A_replacement_that_is_lost_leaves_the_old_one_where_it_is()
    {
        var world = ASpread();
        var plan = Plan(world, Pack);
        var move = plan.Moves.First(each => each.Instance.Stage == Prod);
        Ask(world, Pack);
        world.Hosts[move.To].PowerOff();

        world.RunUntil(Ended, Soon);

        Assert.Equal(0, world.Cell.Rebalances[1].Moved);
        Assert.Contains(
            world.Journal,
            entry => entry is { Action: "rebalance.skipped", Reason: "what was to take its place is gone" }
        );
        Assert.IsType<InstancePhase.Active>(world.Cell.Instances.Find(move.Instance)?.Phase);
    }

    [Fact]
    public void What_was_moved_is_not_moved_on_by_the_next_plan()
    {
        var world = ASpread();
        Ask(world, Pack);
        world.RunUntil(Ended, Soon);
        world.RunUntil(IsStill, Soon);

        Assert.Empty(Plan(world, Pack).Moves);
        var back = Plan(world, Pack with { Goal = RebalanceGoal.Spread });
        Assert.DoesNotContain(
            back.Moves,
            move => world.Cell.RebalanceSteps.Values.Any(step => step.Replacement == move.Instance)
        );
        Assert.Equal("", Ask(world, Pack).Subject);
        Assert.Single(world.Cell.Rebalances);
    }

    [Fact]
    public void There_is_one_at_a_time_and_a_cancelled_one_leaves_everybody_as_many_as_they_need()
    {
        var world = ASpread();
        Ask(world, Pack);
        world.RunUntil(each => each.Cell.RebalanceSteps.Values.Any(step => step.Replacement is not null), Soon);

        var second = Assert.IsType<CellAnswer.Refused>(world.Ask(new CellInput.AskRebalance("ops", Pack, "")));
        Assert.Equal("rebalance_under_way", second.Code);
        world.Ask(new CellInput.CancelRebalance("ana", 1, "later"));
        world.RunUntil(IsStill, Soon);

        Assert.All(world.Cell.RebalanceSteps.Values, step => Assert.True(step.IsFinished));
        Assert.Equal("ana", Assert.IsType<RebalancePhase.Cancelled>(world.Cell.Rebalances[1].Phase).By);
        Assert.Equal(4, world.Cell.Instances.Count);
        Assert.Equal("2", Ask(world, Pack).Subject);
    }

    [Fact]
    public void What_stands_beside_its_old_one_goes_in_the_very_decision_that_cancels()
    {
        var world = ASpread();
        Ask(world, Pack);
        world.RunUntil(each => each.Cell.RebalanceSteps.Values.Any(step => step.State is MoveState.Serving), Soon);
        var beside = world.Cell.RebalanceSteps.Values.Select(step => step.Replacement).OfType<InstanceId>().ToList();

        world.Ask(new CellInput.CancelRebalance("ana", 1, "later"));

        Assert.All(beside, id => Assert.IsType<InstancePhase.Draining>(world.Cell.Instances.Find(id)!.Phase));
    }

    [Theory]
    [InlineData("", "spread rules 0 to 0")]
    [InlineData("tidy up", "spread rules 0 to 0: tidy up")]
    public void The_journal_has_the_reason_if_one_was_given(string reason, string end)
    {
        var world = ASpread();

        world.Ask(new CellInput.AskRebalance("ops", Pack, reason));

        var entry = Assert.Single(world.Journal, each => each.Action == "rebalance.planned");
        Assert.EndsWith(end, entry.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_about_to_end_is_not_moved()
    {
        var world = new World(seed: 1, hosts: 2);
        world.Run(TimeSpan.FromSeconds(1));
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => each.Cell.Instances.Count == 4 && IsStill(each), Soon);
        world.Gateway.BusyPercent = 100;
        var line = world.Cell.Lines.Values.Single();
        var prod = line.Route[1] with { Count = 2 };
        var smaller = new ManifestSet([], [], [], [line with { Route = [line.Route[0], prod] }]);
        world.Ask(new CellInput.Apply("root", smaller, PlanId: null, IsDryRun: false));
        world.RunUntil(each => each.Cell.Instances.Values.Any(one => one.Phase is InstancePhase.Draining), Soon);

        var moves = Plan(world, Pack).Moves;

        var ending = world.Cell.Instances.Values.Single(each => each.Phase is InstancePhase.Draining);
        Assert.NotEmpty(moves);
        Assert.DoesNotContain(moves, move => move.Instance == ending.Id);
    }

    [Fact]
    public void Another_conductor_goes_on_where_the_last_one_died()
    {
        var world = ASpread();
        Ask(world, Pack);
        var states = 0;
        while (!Ended(world))
        {
            world.Run(TimeSpan.FromSeconds(1.4)); // A gateway needs some to hear of the next.
            world.Crash();
            Assert.True(states++ < 1_000, world.Tail());
        }

        world.RunUntil(IsStill, Soon);
        Assert.Equal(3, world.Cell.Rebalances[1].Moved);
        Assert.Single(Used(world));
    }

    [Fact]
    public void A_move_that_no_longer_fits_is_skipped_and_says_why()
    {
        var world = ASpread();
        var to = Plan(world, Pack).Moves[0].To;
        Ask(world, Pack);
        world.RunUntil(each => each.Cell.Rebalances[1].Moved > 0, Soon);

        world.Ask(new CellInput.SetAvailability("ops", to, HostAvailability.Cordoned));
        world.RunUntil(Ended, Soon);
        world.RunUntil(IsStill, Soon);

        Assert.True(world.Cell.Rebalances[1].Skipped > 0);
        Assert.Contains(
            world.Journal,
            entry =>
                entry.Action == "rebalance.skipped"
                && entry.Reason.Contains($"it no longer fits on {to}: ", StringComparison.Ordinal)
        );
        Assert.Equal(4, world.Cell.Instances.Count);
    }

    [Fact]
    public void A_service_with_a_rollout_is_left_alone_until_it_is_through()
    {
        var world = ASpread();
        var plan = Plan(world, Pack);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => each.Cell.Rollouts.Values.Any(row => !RolloutMachine.IsFinished(row)), Soon);

        var meanwhile = Plan(world, Pack);

        Assert.NotEmpty(plan.Moves);
        Assert.Empty(meanwhile.Moves);
    }

    [Fact]
    public void A_rollout_that_begins_meanwhile_has_the_surge_for_itself()
    {
        var world = ASpread();
        world.RunUntil(each => (each.Now - World.Start).TotalSeconds > 19, Soon);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0"))); // Its train leaves with the next ten seconds.
        Ask(world, Pack);
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.DoesNotContain(
                each.Cell.RebalanceSteps.Values,
                step => HasBegunNow(each, step) && IsRolling(each, step)
            );
        };

        world.RunUntil(Ended, TimeSpan.FromMinutes(10));
        world.RunUntil(each => IsStill(each) && each.Cell.Instances.Values.All(IsNew), TimeSpan.FromMinutes(10));

        Assert.Contains(
            world.Journal,
            entry => entry is { Action: "rebalance.skipped", Reason: "a rollout of its service has begun" }
        );
        Assert.Equal(4, world.Cell.Instances.Count);
    }

    [Fact]
    public void A_stage_without_surge_is_not_moved()
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var line = fleet.Lines[0];
        var world = ASpread(
            fleet with
            {
                Lines =
                [
                    line with
                    {
                        Route =
                        [
                            .. line.Route.Select(stage =>
                                stage with
                                {
                                    Strategy = AStrategy() with { Steps = [], MaxSurge = 0, MaxUnavailable = 1 },
                                }
                            ),
                        ],
                    },
                ],
            }
        );

        Ask(world, Pack);
        world.RunUntil(Ended, Soon);

        Assert.Equal((0, 3), (world.Cell.Rebalances[1].Moved, world.Cell.Rebalances[1].Skipped));
    }

    [Fact]
    public void The_moves_of_a_rebalance_that_ended_long_ago_are_forgotten()
    {
        var world = ASpread();
        Ask(world, Pack);
        world.Ask(new CellInput.CancelRebalance("ops", 1, ""));
        world.Pass(RebalanceConduct.Rest);

        Ask(world, Pack);

        Assert.Equal([1L, 2L], world.Cell.Rebalances.Keys);
        Assert.All(world.Cell.RebalanceSteps.Values, step => Assert.Equal(2, step.Rebalance));
    }

    [Fact]
    public void Fifty_are_on_their_way_at_once_and_the_others_follow()
    {
        const int hosts = 80; // Of room for four each.
        var line = ALineBy("rolling", hosts);
        var prod = line.Route[0];
        var world = new World(seed: 1, hosts);
        world.Ask(
            new CellInput.Apply(
                "root",
                AFleet(approval: null, "1.0.0") with
                {
                    Lines = [line with { Route = [prod with { Strategy = prod.Strategy with { MaxSurge = hosts } }] }],
                },
                PlanId: null,
                IsDryRun: false
            )
        );
        world.RunUntil(each => each.Cell.Instances.Count == hosts && IsStill(each), Soon);
        var most = 0;
        world.Check = each => most = Math.Max(most, each.Cell.RebalanceSteps.Values.Count(IsOnItsWay));

        Ask(world, Pack with { Moves = 100 });
        world.RunUntil(Ended, Soon);

        Assert.Equal((60, RebalanceMoves.MostAtOnce), (world.Cell.Rebalances[1].Moved, most));
    }

    private static bool IsOnItsWay(RebalanceStep step) => step.State is MoveState.Starting or MoveState.Serving;

    private static RebalancePlan Plan(World world, RebalanceOrder order) =>
        Assert.IsType<RebalanceOutcome.Planned>(FleetRebalancer.Plan(world.Cell, order, world.Now)).Plan;

    private static CellAnswer.Accepted Ask(World world, RebalanceOrder order) =>
        Assert.IsType<CellAnswer.Accepted>(world.Ask(new CellInput.AskRebalance("ops", order, "tidy up")));

    private static bool Ended(World world) =>
        world.Cell.Rebalances.Values.All(each => each.Phase is not RebalancePhase.Running);

    private static bool HasBegunNow(World world, RebalanceStep step) =>
        step.State is MoveState.Starting && world.Before.RebalanceSteps[step.Key].State is MoveState.Waiting;

    /// <summary>A train keeps room there for its rollout.</summary>
    private static bool IsRolling(World world, RebalanceStep step) =>
        world.Before.Trains.Values.Any(train => train.Reservations.Any(each => each.Stage == step.Move.Instance.Stage));

    private static bool IsNew(Instance instance) => instance.Version == SemanticVersion.Parse("1.1.0");

    private static bool IsStill(World world) =>
        world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
        && world.Cell.Instances.Values.All(each => each.IsReady)
        && world.Cell.Instances.Count == world.Cell.Deployments.Values.Sum(each => each.Targets.Sum(of => of.Count));

    private static ImmutableArray<HostId> Used(World world) =>
        [.. world.Cell.Instances.Values.Select(each => each.Host).Distinct()];

    private static World ASpread() => ASpread(AFleet(approval: null, "1.0.0"));

    private static World ASpread(ManifestSet fleet)
    {
        var world = new World(seed: 1, hosts: 4);
        world.Run(TimeSpan.FromSeconds(1));
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(each => each.Cell.Instances.Count == 4 && IsStill(each), Soon);
        Assert.Equal(4, Used(world).Length);
        return world;
    }
}
