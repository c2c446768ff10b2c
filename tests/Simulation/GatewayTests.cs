using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>For how long an instance that is to end waits for gateways.</summary>
public sealed class GatewayTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    /// <summary>What it had in its table it cannot be asked any more.</summary>
    [Fact]
    public void A_gateway_that_is_silent_is_waited_for_until_it_counts_as_gone()
    {
        var world = ARunning();
        (world.Gateway.IsCutOff, world.Gateway.IsSilent) = (true, true);

        var waited = TimeToEnd(world);

        Assert.InRange(waited, CellSettings.Embedded.GatewayLostAfter / 2, CellSettings.Embedded.DrainWithin / 2);
    }

    [Fact]
    public void Requests_that_never_end_are_waited_for_until_the_deadline()
    {
        var world = ARunning();
        world.Gateway.BusyPercent = 100;

        var waited = TimeToEnd(world);

        Assert.InRange(waited, CellSettings.Embedded.DrainWithin, CellSettings.Embedded.DrainWithin * 1.2);
    }

    /// <summary>Of the one that is to end because fewer are wanted.</summary>
    private static TimeSpan TimeToEnd(World world)
    {
        var line = world.Cell.Lines.Values.Single();
        var prod = line.Route[1] with { Count = 2 };
        world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [], [], [line with { Route = [line.Route[0], prod] }]),
                PlanId: null,
                IsDryRun: false
            )
        );
        world.RunUntil(each => each.Cell.Instances.Values.Any(one => one.Phase is InstancePhase.Draining), Soon);
        var began = world.Now;
        world.RunUntil(each => each.Cell.Instances.Values.All(one => one.Phase is not InstancePhase.Draining), Soon);
        return world.Now - began;
    }

    private static World ARunning()
    {
        var world = new World(seed: 1, hosts: 3);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => each.Cell.Instances.Values.Count(one => one.IsReady) == 4, Soon);
        world.Run(TimeSpan.FromSeconds(10));
        return world;
    }
}
