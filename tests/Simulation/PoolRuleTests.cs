using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What pools say of how much their hosts have.</summary>
public sealed class PoolRuleTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Fact]
    public void An_overcommitted_host_takes_more_than_it_has_less_its_reserve()
    {
        var world = AWorld(new Resources(3_000, 4_096));

        Apply(world, APool() with { Overcommit = new Overcommit(200, null, null), Reserve = new Resources(500, 0) });
        world.RunUntil(
            each => UnplacedAt(each) == "no host fits (LacksCpu: 1); host h1 lacks 1000 millicores of CPU",
            Soon
        );

        Assert.Equal(5, world.Cell.Instances.Count);
    }

    [Fact]
    public void A_host_that_is_over_full_by_a_new_rule_keeps_what_it_runs_and_takes_nothing_new()
    {
        var world = AWorld(new Resources(3_000, 4_096));
        world.Check = _ => { };
        world.RunUntil(each => each.Cell.Instances.Values.Count(instance => instance.IsReady) == 3, Soon);
        var before = world.Cell.Instances.Values.Select(instance => instance.Id).ToList();

        Apply(world, APool() with { Reserve = new Resources(2_500, 0) });
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Equal(before, world.Cell.Instances.Values.Select(instance => instance.Id));
        Assert.Equal("no host fits (LacksCpu: 1); host h1 lacks 3500 millicores of CPU", UnplacedAt(world));

        Apply(world, APool() with { Overcommit = new Overcommit(200, null, null) });
        world.RunUntil(each => each.Cell.Instances.Count == 6, Soon);
    }

    [Fact]
    public void A_draft_that_is_made_anew_knows_the_rules_still()
    {
        var world = AWorld(new Resources(3_000, 4_096));
        Apply(world, APool() with { Overcommit = new Overcommit(200, null, null), Reserve = new Resources(500, 0) });

        world.Faults = Faults.None with { CrashPercent = 30 };
        world.RunUntil(each => each.Cell.Instances.Count == 5, Soon);
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Equal(5, world.Cell.Instances.Count);
    }

    [Fact]
    public void What_listens_takes_a_port_of_the_range_of_its_host()
    {
        var world = AWorld(new Resources(100_000, 100_096) { Counts = [new NamedCount(ResourceName.DynamicPorts, 2)] });

        world.RunUntil(each => UnplacedAt(each).Length > 0, Soon);

        Assert.Equal("no host fits (LacksPorts: 1); no host port is free on host h1", UnplacedAt(world));
        Assert.Equal(2, world.Cell.Instances.Count);
        var hosts = CellExplainer.Explain(world.Cell, new DeploymentKey(Checkout, Staging))!.Hosts;
        Assert.Equal(["On it no host port is free."], hosts[0].Reasons);
    }

    [Fact]
    public void A_host_whose_agent_reports_no_range_takes_instances_all_the_same()
    {
        var world = AWorld(new Resources(100_000, 100_096));

        world.RunUntil(each => each.Cell.Instances.Count == 9, Soon);
    }

    /// <summary>One host, and nine instances of 1000 millicores wanted on it.</summary>
    private static World AWorld(Resources capacity)
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var stages = fleet.Lines[0].Route.Take(1).Select(stage => stage with { Count = 9 });
        var world = new World(seed: 1, hosts: 1, capacity);
        Ask(world, fleet with { Lines = [fleet.Lines[0] with { Route = [.. stages] }] });
        return world;
    }

    private static void Apply(World world, Pool pool) =>
        Ask(world, new ManifestSet(Pools: [pool], Services: [], Versions: [], Lines: []));

    private static void Ask(World world, ManifestSet manifests) =>
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(new CellInput.Apply("root", manifests, PlanId: null, IsDryRun: false))
        );

    private static Pool APool() =>
        new(PoolName.Parse("default"), ImmutableSortedDictionary<string, string>.Empty, PoolPreference.Spread);

    private static string UnplacedAt(World world) => world.Cell.Deployments.Values.FirstOrDefault()?.Unplaced ?? "";
}
