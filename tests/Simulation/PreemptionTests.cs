using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class PreemptionTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly ServiceName Pay = ServiceName.Parse("pay");

    [Fact]
    public void A_service_of_higher_priority_gets_the_room_of_lower_ones_down_to_their_floor_and_no_request_is_lost()
    {
        var world = AFullWorld(maxUnavailable: 2);
        var unanswered = world.Gateway.Unanswered;
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.InRange(Ready(each, Checkout, Prod), 1, 3);
            Assert.Equal(1, Ready(each, Checkout, Staging));
        };

        world.Ask(ApplyPay(priority: 500));
        world.RunUntil(each => Ready(each, Pay, Prod) == 1, Soon);
        world.Run(TimeSpan.FromSeconds(30));

        Assert.Equal(1, Ready(world, Pay, Prod));
        Assert.Equal(1, Ready(world, Checkout, Prod));
        Assert.Equal(unanswered, world.Gateway.Unanswered);
        Assert.Equal(
            2,
            world.Journal.Count(entry =>
                entry.Action == "instance.draining"
                && entry.Reason.StartsWith("preempted by pay.prod (priority 500)", StringComparison.Ordinal)
            )
        );
        Assert.Single(world.Journal, entry => entry.Action == "instance.preempting");
    }

    [Fact]
    public void A_floor_protects_its_service_and_the_reason_says_so()
    {
        var world = AFullWorld(maxUnavailable: 0);

        world.Ask(ApplyPay(priority: 500));
        world.RunUntil(each => UnplacedPay(each).Length > 0, Soon);

        Assert.Contains(
            "hosts could be freed only below the floor of checkout",
            UnplacedPay(world),
            StringComparison.Ordinal
        );
        Assert.Equal(3, Ready(world, Checkout, Prod));
    }

    [Fact]
    public void Explain_names_those_who_then_have_to_leave()
    {
        var world = AFullWorld(maxUnavailable: 2);
        world.Ask(ApplyPay(priority: 500));
        world.RunUntil(each => each.Cell.Rollouts.Values.Any(rollout => rollout.Service == Pay), Soon);

        var before = CellExplainer.Explain(world.Cell, new DeploymentKey(Pay, Prod));
        world.RunUntil(each => Ready(each, Pay, Prod) == 1, Soon);
        var victims = world.Journal.Where(entry => entry.Action == "instance.draining").Select(entry => entry.Subject);

        Assert.All(
            victims,
            victim => Assert.Contains($"{victim} (priority ", before?.Preemption, StringComparison.Ordinal)
        );
        Assert.EndsWith("would have to leave h2", before?.Preemption, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_says_which_floor_keeps_it_from_preempting()
    {
        var world = AFullWorld(maxUnavailable: 0);
        world.Ask(ApplyPay(priority: 500));
        world.RunUntil(each => UnplacedPay(each).Length > 0, Soon);

        var explained = CellExplainer.Explain(world.Cell, new DeploymentKey(Pay, Prod));

        Assert.StartsWith(
            "2 hosts could be freed only below the floor of checkout",
            explained?.Preemption,
            StringComparison.Ordinal
        );
        Assert.Equal(UnplacedPay(world), explained?.Missing);
    }

    [Fact]
    public void An_equal_priority_takes_nothing()
    {
        var world = AFullWorld(maxUnavailable: 3);

        world.Ask(ApplyPay(Service.DefaultPriority));
        world.RunUntil(each => UnplacedPay(each).Length > 0, Soon);
        world.Run(TimeSpan.FromSeconds(10));

        Assert.Equal(3, Ready(world, Checkout, Prod));
    }

    /// <summary>Two hosts of 4 CPUs with four instances of 2.</summary>
    private static World AFullWorld(int maxUnavailable)
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var service = fleet.Services[0];
        var (staging, prod) = (fleet.Lines[0].Route[0], fleet.Lines[0].Route[1]);
        prod = prod with { Strategy = prod.Strategy with { MaxUnavailable = maxUnavailable, Steps = [] } };
        var world = new World(seed: 1, hosts: 2);
        Apply(
            world,
            fleet with
            {
                Services = [service with { Template = service.Template with { Request = new Resources(2_000, 256) } }],
                Lines = [fleet.Lines[0] with { Route = [staging, prod] }],
            }
        );
        world.RunUntil(each => Ready(each, Checkout, Prod) == 3 && Ready(each, Checkout, Staging) == 1, Soon);
        world.Run(TimeSpan.FromSeconds(30));
        return world;
    }

    private static void Apply(World world, ManifestSet set) =>
        world.Ask(new CellInput.Apply("root", set, PlanId: null, IsDryRun: false));

    private static CellInput.Apply ApplyPay(int priority)
    {
        var service = AService("pay");
        var line = ALine(approval: null);
        var stage = line.Route[0] with { Name = Prod };
        return new CellInput.Apply(
            "root",
            new ManifestSet(
                Pools: [],
                Services:
                [
                    service with
                    {
                        Priority = priority,
                        Template = service.Template with { Request = new Resources(3_000, 256) },
                    },
                ],
                Versions: [AnOrder("1.0.0") with { Service = Pay }],
                Lines: [line with { Service = Pay, Route = [stage] }]
            ),
            PlanId: null,
            IsDryRun: false
        );
    }

    private static string UnplacedPay(World world) =>
        world.Cell.Deployments.Values.FirstOrDefault(each => each.Service == Pay)?.Unplaced ?? "";

    private static int Ready(World world, ServiceName service, StageName stage) =>
        world.Cell.Instances.Values.Count(instance =>
            instance.Service == service && instance.Stage == stage && instance.IsReady
        );
}
