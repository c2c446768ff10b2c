using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class ForecastTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_train_is_told_beforehand_what_it_has_before_it_and_takes_about_that_long()
    {
        var world = AWorld(
            new ApprovalGate(ApprovalPoint.Promotion, AllowsPublisher: true) { Count = 2, Groups = ["payments"] }
        );
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Arrived(each, "1.1.0"), Soon);

        world.Ask(new CellInput.Publish("ana", AnOrder("1.2.0")));
        var train = world.Cell.Trains.Values.Single(each => each.Phase is TrainPhase.Boarding);
        var forecast = TrainForecaster.Of(world.Cell, train, world.Now);
        world.RunUntil(each => Arrived(each, "1.2.0"), Soon);

        Assert.Equal("1.2.0", Assert.Single(forecast.Cars).Version.ToString());
        Assert.Equal([Staging, Prod], forecast.Stages.Select(stage => stage.Stage));
        var prod = forecast.Stages[1];
        Assert.Equal(["canary 1", "promotion"], prod.Steps.Select(step => step.Name));
        Assert.Contains("approval by 2 people of payments before the promotion", prod.Gates);
        Assert.InRange((world.Now - forecast.ArrivesAt!.Value).TotalSeconds, -45, 45);
    }

    [Fact]
    public void Without_traffic_nobody_knows_when_it_arrives_and_windows_are_in_the_way()
    {
        var world = AWorld(approval: null);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.Ask(new CellInput.Halt("ola", [], [Prod], TimeSpan.FromHours(2), "look"));
        var train = world.Cell.Trains.Values.Single(each => each.Phase is TrainPhase.Boarding);

        var forecast = TrainForecaster.Of(world.Cell, train, world.Now);

        Assert.Null(forecast.ArrivesAt);
        Assert.Null(forecast.Stages[1].Steps[0].Expected);
        Assert.Equal(world.Now.AddHours(2), forecast.Stages[1].BeginsAt);
        Assert.StartsWith("halted by ola", forecast.Stages[1].Gates[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_that_is_judged_by_limits_lasts_as_long_as_its_checks_and_the_plan_says_what_they_are_worth()
    {
        var line = ALine(approval: null);
        var limits = new MetricThresholds
        {
            Metric = StageJudge.Errors,
            Limit = 0.01,
            GoodLimit = 0.01,
            Every = TimeSpan.FromSeconds(30),
            Checks = 4,
            FailureLimit = 0,
            InconclusiveLimit = 0,
            ConsecutiveErrorLimit = 4,
        };
        var route = line.Route.Select(stage => stage with { Judge = stage.Judge with { Thresholds = [limits] } });
        var world = AWorld(AFleet(approval: null, "1.0.0") with { Lines = [line with { Route = [.. route] }] });
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Arrived(each, "1.1.0"), TimeSpan.FromMinutes(6));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.2.0")));
        world.RunUntil(each => each.Cell.Trains.Values.Any(train => train.Phase is TrainPhase.Boarding), Soon);
        var train = world.Cell.Trains.Values.Single(each => each.Phase is TrainPhase.Boarding);

        var canary = TrainForecaster.Of(world.Cell, train, world.Now).Stages[1].Steps[0];

        Assert.Contains(
            "4 checks of errors, one every 30 s (not valid under peeking)",
            canary.Why,
            StringComparison.Ordinal
        );
        Assert.InRange(canary.Expected!.Value.TotalSeconds, low: 120, high: 150);
    }

    [Fact]
    public void A_train_that_nobody_boards_has_nothing_before_it()
    {
        var world = AWorld(approval: null);
        var train = world.Cell.Trains.Values.Single(each => each.Phase is TrainPhase.Boarding);

        var forecast = TrainForecaster.Of(world.Cell, train, world.Now);

        Assert.Empty(forecast.Cars);
        Assert.Empty(forecast.Stages);
    }

    private static bool Arrived(World world, string version)
    {
        if (
            world.Cell.Rollouts.Values.FirstOrDefault(each => each.Phase is RolloutPhase.AwaitingApproval) is
            { } waiting
        )
        {
            foreach (var actor in (string[])["bo", "cy"])
            {
                world.Ask(
                    new CellInput.AskRollout(actor, waiting.Id, RolloutAsk.Approve, "", ConsistHash: null)
                    {
                        Groups = ["payments"],
                    }
                );
            }
        }

        return world.Cell.Trains.Values.Any(each =>
            each.Phase is TrainPhase.Arrived && each.Consist?.Cars[0].Version.ToString() == version
        );
    }

    private static World AWorld(ApprovalGate? approval) => AWorld(AFleet(approval, "1.0.0"));

    private static World AWorld(ManifestSet fleet)
    {
        var world = new World(seed: 1, hosts: 3);
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(each => Arrived(each, "1.0.0"), Soon);
        world.RunUntil(each => each.Cell.Trains.Values.Any(train => train.Phase is TrainPhase.Boarding), Soon);
        return world;
    }
}
