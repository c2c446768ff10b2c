using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class NeighbourTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly ServiceName Front = ServiceName.Parse("front");

    [Fact]
    public void What_must_be_apart_keeps_others_away_also_after_a_crash_and_moves_nothing_for_it()
    {
        var world = new World(seed: 1, hosts: 3);
        var apart = PlacementRules.None with { Apart = [Beside(Front)] };
        Apply(world, Checkout, apart, others: [AService("front")]);
        world.RunUntil(each => ReadyAtProd(each, Checkout) == 3, Soon);
        var before = Places(world);
        world.Crash();

        Apply(world, Front, PlacementRules.None, others: []);
        world.RunUntil(each => UnplacedAtProd(each, Front).Length > 0, Soon);
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Equal(
            "no host fits (KeptAway: 3); host h1: It has 1 of checkout.prod, which must be apart from this.",
            UnplacedAtProd(world, Front)
        );
        var hosts = CellExplainer.Explain(world.Cell, new DeploymentKey(Front, Prod))!.Hosts;
        Assert.All(
            hosts,
            host => Assert.Equal(["It has 1 of checkout.prod, which must be apart from this."], host.Reasons)
        );
        Assert.Equal(before, Places(world));
    }

    [Fact]
    public void A_service_that_must_be_near_another_waits_until_something_of_it_runs()
    {
        var world = new World(seed: 1, hosts: 3);
        var near = PlacementRules.None with { Near = [Beside(Front)] };
        Apply(world, Checkout, near, others: [AService("front")]);
        world.RunUntil(each => each.Cell.Deployments.Values.Any(deployment => deployment.Unplaced.Length > 0), Soon);
        Assert.Equal(
            "no host fits (AwaitsNeighbour: 3); host h1: It must be near front.staging, of which nothing runs yet.",
            world.Cell.Deployments.Values.Single(deployment => deployment.Stage == Staging).Unplaced
        );

        Apply(world, Front, PlacementRules.None, others: []);
        world.RunUntil(each => ReadyAtProd(each, Checkout) == 3, TimeSpan.FromMinutes(10));

        var fronts = world.Cell.Instances.Values.Where(each => each.Service == Front).ToLookup(each => each.Stage);
        Assert.All(
            world.Cell.Instances.Values.Where(each => each.Service == Checkout),
            each => Assert.Contains(each.Host, fronts[each.Stage].Select(front => front.Host))
        );
    }

    [Fact]
    public void A_rule_about_a_service_that_nobody_provides_is_refused()
    {
        var world = new World(seed: 1, hosts: 1);

        var refusal = Apply(
            world,
            Checkout,
            PlacementRules.None with
            {
                Apart = [Beside(Checkout), Beside(ServiceName.Parse("nobody"))],
            },
            others: []
        );

        var refused = Assert.IsType<CellAnswer.Refused>(refusal);
        Assert.Equal("neighbour_unknown", refused.Code);
        Assert.Empty(world.Cell.Services);
    }

    private static NeighbourRule Beside(ServiceName service) =>
        new(service, Stage: null, NeighbourRule.OnHost, Weight: null);

    private static CellAnswer Apply(
        World world,
        ServiceName name,
        PlacementRules rules,
        IEnumerable<Core.Catalog.Service> others
    )
    {
        var service = AService(name.Value);
        return world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet(
                    Pools: [],
                    Services: [service with { Template = service.Template with { Placement = rules } }, .. others],
                    Versions: [AnOrder("1.0.0") with { Service = name }],
                    Lines: [ALine(approval: null) with { Service = name }]
                ),
                PlanId: null,
                IsDryRun: false
            )
        );
    }

    private static int ReadyAtProd(World world, ServiceName service) =>
        world.Cell.Instances.Values.Count(each => each.Service == service && each.Stage == Prod && each.IsReady);

    private static string UnplacedAtProd(World world, ServiceName service) =>
        world
            .Cell.Deployments.Values.Where(each => each.Service == service && each.Stage == Prod)
            .Select(each => each.Unplaced)
            .FirstOrDefault("");

    private static IEnumerable<string> Places(World world) =>
        [
            .. world
                .Cell.Instances.Values.Where(each => each.Service == Checkout)
                .Select(each => $"{each.Id} {each.Host}"),
        ];
}
