using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>A canary step of 10.5 % that a person lets go on, and another one of 30 % after it.</summary>
public sealed class ManualStepTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly DeploymentKey AtProd = new(Checkout, Prod);

    [Fact]
    public void After_its_verdict_it_keeps_its_share_until_a_person_lets_it_go_on()
    {
        var world = AWorldAtTheStep();
        var held = Newest(world);

        world.Run(TimeSpan.FromMinutes(30));
        var after = Newest(world);
        var answer = Ask(world, RolloutAsk.Resume);
        var next = Newest(world);
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.Equal(
            new RolloutPhase.Held(
                new RolloutPhase.Passed(Step: 0),
                "step 1 of 2 has passed, and a person lets it go on"
            ),
            held.Phase
        );
        Assert.Equal(held.Phase, after.Phase);
        Assert.IsType<CellAnswer.Accepted>(answer);
        Assert.Equal(1, Assert.IsType<RolloutPhase.Baking>(next.Phase).Step);
        Assert.Contains(
            world.Journal,
            entry => entry is { Action: "rollout.resumed", Actor: "ola", Reason: "after step 1 of 2: because" }
        );
    }

    [Fact]
    public void Gateways_hear_of_its_share_to_the_tenth_of_a_percent()
    {
        var world = AWorldAtTheStep();

        var weights = Assert
            .Single(Levels.Routes(world.Cell).Services, service => service.Stage == Prod)
            .Versions.Select(version => (version.Version.ToString(), version.WeightPercent));

        Assert.Equal([("1.0.0", 89.5m), ("1.1.0", 10.5m)], weights);
    }

    [Fact]
    public void One_that_fails_while_it_waits_for_a_person_goes_back()
    {
        var world = AWorldAtTheStep();

        world.ErrorPercent["1.1.0"] = 90;
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.RolledBack, Soon);

        Assert.Contains(world.Journal, entry => entry is { Action: "rollout.rolling-back", Actor: "judge" });
    }

    [Fact]
    public void One_that_nobody_lets_go_on_is_given_up_at_the_deadline()
    {
        var world = AWorldAtTheStep();

        world.Run(TimeSpan.FromMinutes(55));
        var before = Newest(world).Phase;
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.RolledBack, TimeSpan.FromMinutes(10));

        Assert.IsType<RolloutPhase.Held>(before);
        Assert.Equal(new RolloutPhase.RolledBack("it was held for 1 h"), Newest(world).Phase);
    }

    [Fact]
    public void Who_ends_a_pause_or_a_halt_lets_nothing_go_on_that_waited_for_a_person()
    {
        var world = AWorldAtTheStep();
        var held = Newest(world).Phase;

        Ask(world, RolloutAsk.Pause);
        Ask(world, RolloutAsk.Resume);
        world.Run(TimeSpan.FromSeconds(10));
        var paused = Newest(world).Phase;
        world.Ask(new CellInput.Halt("ola", [], [Prod], TimeSpan.FromMinutes(1), "look"));
        world.Run(TimeSpan.FromSeconds(10));
        var halted = Newest(world).Phase;
        world.Run(TimeSpan.FromMinutes(2));

        Assert.Equal(held, paused);
        Assert.Equal(held, Assert.IsType<RolloutPhase.Halted>(halted).Resume);
        Assert.Equal(held, Newest(world).Phase);
    }

    [Fact]
    public void A_forecast_says_that_a_person_lets_it_go_on()
    {
        var world = AWorldRunning();
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        var train = world.Cell.Trains.Values.Single(each => each.Phase is TrainPhase.Boarding);

        var forecast = TrainForecaster.Of(world.Cell, train, world.Now);

        var stage = Assert.Single(forecast.Stages);
        Assert.EndsWith("; then a person lets it go on", stage.Steps[0].Why, StringComparison.Ordinal);
        Assert.DoesNotContain("person", stage.Steps[1].Why, StringComparison.Ordinal);
        Assert.Contains("a person with role operator, after canary 1", stage.Gates);
    }

    private static World AWorldAtTheStep()
    {
        var world = AWorldRunning();
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Held, Soon);
        return world;
    }

    private static World AWorldRunning()
    {
        var world = new World(seed: 1, hosts: 4);
        var line = ALineBy("canary", count: 3);
        var step = line.Route[0].Strategy.Steps[0] with { WeightPercent = 10.5m };
        var prod = line.Route[0] with
        {
            Strategy = line.Route[0].Strategy with
            {
                Steps = [step with { IsManual = true }, step with { WeightPercent = 30 }],
            },
            HoldAtMost = TimeSpan.FromHours(1),
        };
        var fleet = AFleet(approval: null, "1.0.0") with { Lines = [line with { Route = [prod] }] };
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(IsDone("1.0.0"), Soon);
        return world;
    }

    private static CellAnswer Ask(World world, RolloutAsk ask) =>
        world.Ask(new CellInput.AskRollout("ola", Newest(world).Id, ask, "because", ConsistHash: null));

    private static Rollout Newest(World world) => world.Cell.Rollouts.Values.MaxBy(each => each.PlannedAt)!;

    private static Func<World, bool> IsDone(string version) =>
        world =>
            world.Cell.Deployments.GetValueOrDefault(AtProd)?.Current?.ToString() == version
            && world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
            && world.Cell.Trains.Values.All(train => train.Phase is not TrainPhase.Departed);
}
