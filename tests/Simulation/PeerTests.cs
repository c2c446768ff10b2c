using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Which instances of the old version a canary is compared with.</summary>
public sealed class PeerTests
{
    private const int Count = 8;
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData(1, 10, 1)] // As many as it has: the weight is about an instance's.
    [InlineData(1, 40, 6)] // As much traffic as it gets: 8 × 40 / 60, rounded up.
    [InlineData(2, 1, 2)]
    [InlineData(1, 60, 0)] // All of them get less than the canary.
    [InlineData(8, 10, 0)]
    public void As_many_as_the_canary_has_and_as_get_as_much_traffic(int instances, int percent, int expected)
    {
        var world = AWorldAtTheStep(instances, percent, UnmeasuredNoise.Trust);

        var versions = Versions(world);

        Assert.Equal(Count, versions[0].Instances.Length);
        Assert.Equal(expected, versions[0].Instances.Count(instance => instance.IsPeer));
        Assert.DoesNotContain(versions[1].Instances, instance => instance.IsPeer);
    }

    [Fact]
    public void They_are_spread_over_all_of_them_and_nobody_is_one_without_a_canary()
    {
        var world = AWorldAtTheStep(instances: 2, percent: 10, UnmeasuredNoise.Trust);
        var peers = Versions(world)[0].Instances.Select(instance => instance.IsPeer);

        Assert.Equal([true, false, false, false, true, false, false, false], peers);

        world.RunUntil(
            each => each.Cell.Deployments[new DeploymentKey(Checkout, Prod)].Current?.ToString() == "1.1.0",
            TimeSpan.FromMinutes(10)
        );
        Assert.DoesNotContain(Assert.Single(Versions(world)).Instances, instance => instance.IsPeer);
    }

    [Theory]
    [InlineData(UnmeasuredNoise.Trust, 900, 7)]
    [InlineData(UnmeasuredNoise.Doubt, 100, 2)]
    public void Where_requests_may_depend_on_each_other_only_peers_are_its_control(
        UnmeasuredNoise noise,
        long requests,
        long errors
    )
    {
        var world = AWorldAtTheStep(instances: 1, percent: 10, noise);

        Tell(world, new PartCount(100, 2, []));

        var sample = Last(world);
        Assert.Equal((100, 1), (sample.CanaryTotal, sample.CanaryHits));
        Assert.Equal((requests, errors), (sample.ControlTotal, sample.ControlHits));
    }

    [Fact]
    public void All_are_its_control_where_a_gateway_does_not_tell_peers_apart()
    {
        var world = AWorldAtTheStep(instances: 1, percent: 10, UnmeasuredNoise.Doubt);

        Tell(world, part: null);

        Assert.Equal((900, 7), (Last(world).ControlTotal, Last(world).ControlHits));
    }

    private static World AWorldAtTheStep(int instances, int percent, UnmeasuredNoise noise)
    {
        var world = new World(seed: 3, hosts: 6);
        var line = ALine(approval: null);
        var route = line.Route.Select(stage =>
            stage.Name != Prod
                ? stage
                : stage with
                {
                    Count = Count,
                    Judge = stage.Judge with { UntilMeasured = noise },
                    Strategy = stage.Strategy with
                    {
                        MaxSurge = Count,
                        Steps = [stage.Strategy.Steps[0] with { Instances = instances, WeightPercent = percent }],
                    },
                }
        );
        var fleet = AFleet(approval: null, "1.0.0") with { Lines = [line with { Route = [.. route] }] };
        Assert.IsType<CellAnswer.Applied>(world.Ask(new CellInput.Apply("ops", fleet, PlanId: null, IsDryRun: false)));
        world.RunUntil(each => Versions(each) is [{ Instances.Length: Count }], Soon);
        Assert.IsType<CellAnswer.Published>(world.Ask(new CellInput.Publish("dev", AnOrder("1.1.0"))));
        world.RunUntil(each => AtProd(each)?.Phase is RolloutPhase.Baking, Soon);
        return world;
    }

    private static IReadOnlyList<RoutedVersion> Versions(World world) =>
        [
            .. Levels
                .Routes(world.Cell)
                .Services.Where(service => service.Stage == Prod)
                .SelectMany(service => service.Versions)
                .OrderBy(version => version.Version),
        ];

    /// <summary>As one more gateway does.</summary>
    private static void Tell(World world, PartCount? part) =>
        world.Ask(
            new CellInput.TrafficCounted(
                GatewayId.Parse("other"),
                "s",
                Sequence: 1,
                world.Now.AddSeconds(-1),
                world.Now,
                [
                    new TrafficCount(Checkout, Prod, SemanticVersion.Parse("1.1.0"), 100, 1),
                    new TrafficCount(Checkout, Prod, SemanticVersion.Parse("1.0.0"), 900, 7) { Part = part },
                ]
            )
        );

    private static MetricSample.Counted Last(World world)
    {
        var evidence = AtProd(world)!.Evidence!;
        var errors = StageJudge.PlaceOf(evidence.Policy, StageJudge.Errors)!.Value;
        return Assert.IsType<MetricSample.Counted>(evidence.Last(errors));
    }

    private static Rollout? AtProd(World world) =>
        world.Cell.Rollouts.Values.SingleOrDefault(each =>
            each.Stage.Name == Prod && each.To == SemanticVersion.Parse("1.1.0")
        );
}
