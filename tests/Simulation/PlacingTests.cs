using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What is missing by the thousand is placed in several decisions.</summary>
public sealed class PlacingTests
{
    private const int MostPerDecision = 16_384;
    private const int Wanted = 20_000;

    [Fact]
    public void A_decision_places_so_many_at_most_and_the_next_ones_the_rest()
    {
        var world = new World(seed: 1, hosts: 4, new Resources(40_000_000, 40_000_000));
        var fleet = AFleet(approval: null, "1.0.0");
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(each => each.Cell.Instances.Values.Count(one => one.IsReady) == 4, TimeSpan.FromMinutes(1));
        var draft = CellDraft.From(Grown(world.Cell), CellSettings.Embedded, epoch: 2, world.Now);

        var first = CellMachine.Decide(draft, [], world.Now);
        var second = CellMachine.Decide(draft, [], world.Now);
        var third = CellMachine.Decide(draft, [], world.Now);

        // Of those that are wanted four were there.
        Assert.Equal(
            (MostPerDecision, (2 * Wanted) - 4 - (2 * MostPerDecision), 0),
            (first.Changes.Instances.Length, third.Changes.Instances.Length, CountOf(draft, Prod) - Wanted)
        );
        Assert.Equal(MostPerDecision, second.Changes.Instances.Length);
        Assert.Equal((true, true, false), (first.HasMore, second.HasMore, third.HasMore));
        Assert.Equal(Wanted, CountOf(draft, Staging));
    }

    private static int CountOf(CellDraft draft, StageName stage) =>
        draft.InstancesOf(new DeploymentKey(Checkout, stage)).Count;

    private static Cell Grown(Cell cell)
    {
        foreach (var deployment in cell.Deployments.Values)
        {
            var target = deployment.Targets.Single() with { Count = Wanted };
            cell = cell with
            {
                Deployments = cell.Deployments.SetItem(
                    new DeploymentKey(deployment.Service, deployment.Stage),
                    deployment with
                    {
                        Targets = [target],
                    }
                ),
            };
        }

        return cell;
    }
}
