using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class ReleaseNotesTests
{
    private const string Repository = "https://github.com/shop/checkout";
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_train_brings_to_each_stage_what_lies_between_it_and_what_ran_there_when_it_came()
    {
        var world = new World(seed: 1, hosts: 4);
        var fleet = AFleet(approval: null, "1.0.0");
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(each => IsAt(each, Prod, "1.0.0"), Soon);

        world.Ask(new CellInput.Halt("ola", [], [Prod], TimeSpan.FromMinutes(2), "look"));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0") with { Provenance = From('1') }));
        world.RunUntil(each => IsAt(each, Staging, "1.1.0"), Soon);
        world.Ask(new CellInput.Publish("bo", AnOrder("1.2.0") with { Provenance = From('2') }));
        var boarding = world.Cell.Trains.Values.Single(each => each.Phase is TrainPhase.Boarding);
        var ahead = ReleaseNotesSight.OfTrain(world.Cell, boarding, Prod);
        world.RunUntil(each => IsAt(each, Prod, "1.2.0") && IsQuiet(each), Soon * 2);
        var train = world.Cell.Trains[TrainKey.Of(boarding.Id)];
        var staging = Assert.Single(ReleaseNotesSight.OfTrain(world.Cell, train, Staging));
        var prod = Assert.Single(ReleaseNotesSight.OfTrain(world.Cell, train, Prod));

        Assert.Equal([Staging, Prod], ReleaseNotesSight.StagesOf(world.Cell, train));
        Assert.Equal("1.1.0", staging.From?.ToString());
        Assert.Equal(new CommitRange(Repository, From('1').Commit, From('2').Commit), staging.Commits);
        Assert.Equal(
            ["1.2.0 by bo", "1.1.0 by ana"],
            prod.Versions.Select(each => $"{each.Version.Number} by {each.Version.PublishedBy}")
        );
        Assert.Null(prod.Commits);
        Assert.Contains("1.0.0 was published without its repository and commit.", prod.Remarks);
        Assert.Equal(prod.Versions.Length, Assert.Single(ahead).Versions.Length);

        world.Check = _ => { }; // They look at stages by the line.
        var line = fleet.Lines[0];
        var shorter = new ManifestSet([], [], [], [line with { Route = [line.Route[1]] }]);
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(new CellInput.Apply("root", shorter, PlanId: null, IsDryRun: false))
        );
        Assert.Equal([Staging, Prod], ReleaseNotesSight.StagesOf(world.Cell, train));
    }

    [Fact]
    public void What_a_stage_lacks_ends_with_the_newest_version_of_the_lines_channel_that_may_travel()
    {
        var world = new World(seed: 1, hosts: 4);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => IsAt(each, Prod, "1.0.0") && IsQuiet(each), Soon);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0") with { Channel = "beta" }));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.2.0")));
        world.Ask(new CellInput.YankVersion("ola", Checkout, SemanticVersion.Parse("1.2.0"), IsYanked: true, "slow"));

        Assert.Equal(Prod, ReleaseNotesSight.LastStageOf(world.Cell, Checkout));
        Assert.Equal("1.0.0", ReleaseNotesSight.RunningAt(world.Cell, Checkout, Prod)?.Number.ToString());
        Assert.Equal("1.0.0", ReleaseNotesSight.NewestOf(world.Cell, Checkout)?.Number.ToString());
        Assert.Null(ReleaseNotesSight.RunningAt(world.Cell, Checkout, StageName.Parse("moon")));
    }

    private static Provenance From(char digit) => new(Repository, new string(digit, 40));

    private static bool IsAt(World world, StageName stage, string version) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, stage))?.Current?.ToString() == version;

    private static bool IsQuiet(World world) =>
        world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
        && world.Cell.Trains.Values.All(train => train.Phase is not TrainPhase.Departed);
}
