using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class ExplainTests
{
    [Fact]
    public void The_journal_tells_of_every_placement_be_it_of_one_or_of_many()
    {
        var world = AWorld(approval: null);

        var instances = world.Cell.Instances.Values.ToList();

        Assert.Equal(4, instances.Count);
        Assert.All(
            instances,
            instance => Assert.Single(world.Journal, entry => CellExplainer.TellsOfPlacement(entry, instance.Id))
        );
        var next = InstanceId.Of(Checkout, Prod, 4);
        Assert.DoesNotContain(world.Journal, entry => CellExplainer.TellsOfPlacement(entry, next));
    }

    [Fact]
    public void An_instance_is_judged_as_if_it_were_not_there_yet()
    {
        var world = AWorld(approval: null);
        var instance = world.Cell.Instances.Values.First(each => each.Stage == Staging);

        var standing = CellExplainer.ExplainInstance(world.Cell, instance);

        // Alone of its service at the stage it gets all points for spread.
        var own = Assert.IsType<HostAnswer.Fits>(standing?.Own).Score;
        Assert.Contains(new ScorePart("spread over hosts", 1000, 1000, 3), own.Parts);
    }

    [Fact]
    public void The_chosen_host_and_the_runner_up_are_the_first_of_the_list()
    {
        var world = AWorld(approval: null);

        var explained = CellExplainer.Explain(world.Cell, new DeploymentKey(Checkout, Prod));

        var decision = Assert.IsType<PlacementDecision.Placed>(explained?.Decision);
        Assert.Equal((decision.Host, decision.Score), (explained.Chosen?.Host, explained.Chosen?.Score));
        Assert.Equal(
            explained.Hosts.Take(2).Select(host => host.Host),
            [explained.Chosen?.Host, explained.RunnerUp?.Host]
        );
        Assert.True(explained.Chosen?.Points >= explained.RunnerUp?.Points);
    }

    [Fact]
    public void A_stage_whose_first_version_waits_for_a_person_is_explained_with_that_version()
    {
        var world = AWorld(new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: false));

        var explained = CellExplainer.Explain(world.Cell, new DeploymentKey(Checkout, Prod));
        var answer = CellExplainer.ExplainHost(world.Cell, new DeploymentKey(Checkout, Prod), HostId.Parse("h1"));

        Assert.Equal("1.0.0", explained?.Version.ToString());
        Assert.IsType<HostAnswer.Fits>(answer);
        Assert.DoesNotContain(world.Cell.Deployments.Keys, key => key.Stage == Prod);
    }

    [Fact]
    public void What_is_nowhere_is_not_explained()
    {
        var world = AWorld(approval: null);

        Assert.Null(CellExplainer.Explain(world.Cell, new DeploymentKey(Checkout, StageName.Parse("nowhere"))));
        Assert.Null(CellExplainer.ExplainHost(world.Cell, new DeploymentKey(Checkout, Prod), HostId.Parse("h9")));
    }

    private static World AWorld(ApprovalGate? approval)
    {
        var world = new World(seed: 1, hosts: 3);
        world.Run(TimeSpan.FromSeconds(1));
        world.Ask(new CellInput.Apply("root", AFleet(approval, "1.0.0"), PlanId: null, IsDryRun: false));
        world.Run(TimeSpan.FromSeconds(30));
        return world;
    }
}
