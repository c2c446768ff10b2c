using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What runs at a stage together must suit, while versions are exchanged and on the way back as well.</summary>
public sealed class DependencyTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly ServiceName Front = ServiceName.Parse("front");

    [Theory]
    [InlineData("a-b", "")]
    [InlineData("a-b a-c b-d c-d", "")]
    [InlineData("a-a", "a → a")]
    [InlineData("a-b b-c c-b", "b → c → b")]
    [InlineData("a-b c-d d-e e-c", "c → d → e → c")]
    [InlineData("a-missing", "")]
    public void Services_that_need_themselves_are_found_and_their_ring_is_named(string needs, string expected) =>
        Assert.Equal(expected, Dependencies.Cycle(Needing(needs.Split(' '))));

    /// <summary>2^40 ways lead through it.</summary>
    [Fact]
    public void No_service_is_looked_at_once_for_every_way_to_it()
    {
        var needs = Enumerable
            .Range(1, 40)
            .SelectMany(layer =>
                (string[])
                    [
                        $"a{layer}-a{layer + 1}",
                        $"a{layer}-b{layer + 1}",
                        $"b{layer}-a{layer + 1}",
                        $"b{layer}-b{layer + 1}",
                    ]
            );

        Assert.Equal("", Dependencies.Cycle(Needing(needs)));
    }

    [Fact]
    public void A_version_waits_until_its_dependency_runs_at_the_stage_in_range()
    {
        var world = AWorld();

        Publish(world, Checkout, "2.0.0", needs: null);
        Publish(world, Front, "1.1.0", needs: "2");
        world.RunUntil(each => At(each, Front, Staging)?.Phase is RolloutPhase.Held, Soon);
        var reason = Assert.IsType<RolloutPhase.Held>(At(world, Front, Staging)!.Phase).Reason;
        Publish(world, Front, "1.0.1", needs: "1-2");
        Express(world, Front, "1.0.1");
        world.RunUntil(each => Current(each, Front, Prod) == "1.0.1", Soon);
        world.RunUntil(each => Current(each, Checkout, Prod) == "2.0.0", Soon);

        Assert.Equal("needs checkout 2 at staging, where 1.0.0 runs", reason);
        world.Ask(new CellInput.OrderExpress("ola", Front, SemanticVersion.Parse("1.1.0"), "r"));
        world.RunUntil(each => Current(each, Front, Prod) == "1.1.0", Soon);
    }

    [Fact]
    public void A_dependency_waits_until_all_who_need_it_suit_its_new_version()
    {
        var world = AWorld();

        Publish(world, Checkout, "2.0.0", needs: null);
        world.RunUntil(each => At(each, Checkout, Staging)?.Phase is RolloutPhase.Held, Soon);
        world.Run(TimeSpan.FromSeconds(20));
        var reason = Assert.IsType<RolloutPhase.Held>(At(world, Checkout, Staging)!.Phase).Reason;
        Publish(world, Front, "1.1.0", needs: "1-2");
        world.RunUntil(each => Current(each, Checkout, Prod) == "2.0.0", Soon);

        Assert.Equal("front 1.0.0 runs at staging and needs checkout 1, which 2.0.0 is not", reason);
        Assert.Equal("1.1.0", Current(world, Front, Prod));
    }

    [Fact]
    public void While_a_dependency_is_exchanged_both_of_its_versions_count()
    {
        var world = AWorld();
        Publish(world, Front, "1.1.0", needs: "1-2");
        world.RunUntil(each => Current(each, Front, Prod) == "1.1.0", Soon);
        world.RequestsPerSecond = 0;
        Publish(world, Checkout, "2.0.0", needs: null);
        world.RunUntil(each => At(each, Checkout, Prod)?.Phase is RolloutPhase.Judging, Soon);

        Publish(world, Front, "1.2.0", needs: "2");
        world.RunUntil(each => At(each, Front, Prod)?.Phase is RolloutPhase.Held, Soon);
        var reason = Assert.IsType<RolloutPhase.Held>(At(world, Front, Prod)!.Phase).Reason;
        world.RequestsPerSecond = 60;
        world.RunUntil(each => Current(each, Front, Prod) == "1.2.0", Soon);

        Assert.Equal("needs checkout 2 at prod, where 1.0.0 runs", reason);
    }

    [Fact]
    public void Nobody_goes_back_to_a_version_that_those_who_need_it_do_not_suit()
    {
        var world = AWorld();
        Publish(world, Front, "1.1.0", needs: "1-2");
        world.RunUntil(each => Current(each, Front, Prod) == "1.1.0", Soon);
        Publish(world, Checkout, "2.0.0", needs: null);
        world.RunUntil(each => Current(each, Checkout, Prod) == "2.0.0", Soon);
        Publish(world, Front, "1.2.0", needs: "2");
        world.RunUntil(each => Current(each, Front, Prod) == "1.2.0", Soon);

        var ordered = world.Ask(
            new CellInput.OrderRollback("ola", Checkout, Prod, SemanticVersion.Parse("1.0.0"), "r")
        );
        var undone = world.Ask(
            new CellInput.AskRollout("ola", At(world, Checkout, Prod)!.Id, RolloutAsk.Rollback, "r", ConsistHash: null)
        );
        var recalled = world.Ask(new CellInput.RecallTrain("ola", At(world, Checkout, Prod)!.Id.Train, "r"));
        Assert.Contains(
            "stays as it is at prod, staging",
            Assert.IsType<CellAnswer.Accepted>(recalled).Message,
            StringComparison.Ordinal
        );
        world.Ask(new CellInput.OrderRollback("ola", Front, Prod, SemanticVersion.Parse("1.1.0"), "r"));
        world.RunUntil(each => Current(each, Front, Prod) == "1.1.0", Soon);
        var then = world.Ask(new CellInput.OrderRollback("ola", Checkout, Prod, SemanticVersion.Parse("1.0.0"), "r"));

        Assert.Equal("dependency_conflict", Assert.IsType<CellAnswer.Refused>(ordered).Code);
        Assert.Equal("dependency_conflict", Assert.IsType<CellAnswer.Refused>(undone).Code);
        Assert.IsType<CellAnswer.Accepted>(then);
    }

    /// <summary>Front 1.0.0 needs checkout 1, and both run everywhere.</summary>
    /// <param name="needs">Each the service and what it needs: <c>a-b</c>.</param>
    private static Dictionary<ServiceName, Service> Needing(IEnumerable<string> needs) =>
        needs
            .Select(need => need.Split('-'))
            .GroupBy(need => ServiceName.Parse(need[0]), need => ServiceName.Parse(need[1]))
            .ToDictionary(
                group => group.Key,
                group =>
                    AService(group.Key.Value) with
                    {
                        Dependencies = [.. group.Select(needed => new Dependency(needed, Majors("1")))],
                    }
            );

    private static World AWorld()
    {
        var world = new World(seed: 1, hosts: 4);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => Current(each, Checkout, Prod) == "1.0.0", Soon);
        Publish(world, Front, "1.0.0", needs: "1");
        world.RunUntil(each => Current(each, Front, Prod) == "1.0.0", Soon);
        return world;
    }

    private static void Publish(World world, ServiceName service, string version, string? needs)
    {
        if (service == Front)
        {
            world.Ask(
                new CellInput.Apply(
                    "root",
                    new ManifestSet(
                        [],
                        [AService("front") with { Dependencies = [new Dependency(Checkout, Majors(needs!))] }],
                        [],
                        [ALine(approval: null) with { Service = Front }]
                    ),
                    PlanId: null,
                    IsDryRun: false
                )
            );
        }

        Assert.IsType<CellAnswer.Published>(
            world.Ask(new CellInput.Publish("ana", AnOrder(version) with { Service = service }))
        );
    }

    private static void Express(World world, ServiceName service, string version) =>
        Assert.IsType<CellAnswer.Accepted>(
            world.Ask(new CellInput.OrderExpress("ola", service, SemanticVersion.Parse(version), "r"))
        );

    private static Rollout? At(World world, ServiceName service, StageName stage) =>
        world
            .Cell.Rollouts.Values.Where(each => each.Service == service && each.Stage.Name == stage)
            .MaxBy(each => each.PlannedAt);

    private static string? Current(World world, ServiceName service, StageName stage) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(service, stage))?.Current?.ToString();
}
