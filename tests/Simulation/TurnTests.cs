using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>How many trains are at work at a stage at once.</summary>
public sealed class TurnTests
{
    private const int Services = 5;
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_more_trains_are_under_way_at_a_stage_than_its_pool_takes(int most)
    {
        var world = AWorld(most);
        var (seen, waited) = (0, 0);
        world.Check = each =>
        {
            Invariants.Check(each);
            var busy = UnderWay(each);
            Assert.True(busy <= most, each.Tail());
            seen = Math.Max(seen, busy);
            waited = Math.Max(waited, each.Cell.Rollouts.Values.Count(IsToldToWait));
        };

        PublishAll(world, "1.1.0");
        world.RunUntil(AllRun("1.1.0"), Soon);

        Assert.Equal((most, Services - most), (seen, waited));
    }

    [Fact]
    public void Who_waits_for_a_person_gives_its_place_to_others()
    {
        var world = AWorld(most: 1);
        Declare(world, most: 1, new ApprovalGate(ApprovalPoint.Promotion, AllowsPublisher: false));
        PublishAll(world, "1.1.0");

        world.RunUntil(
            each =>
                each.Cell.Rollouts.Values.Count(rollout => rollout.Phase is RolloutPhase.AwaitingApproval) == Services,
            Soon
        );

        Assert.DoesNotContain(world.Cell.Rollouts.Values, IsToldToWait);
    }

    [Fact]
    public void An_express_does_not_wait()
    {
        var world = AWorld(most: 1);
        PublishAll(world, "1.1.0");
        world.RunUntil(each => each.Cell.Rollouts.Values.Count(IsToldToWait) == Services - 1, Soon);
        var waiting = world.Cell.Rollouts.Values.Where(IsToldToWait).MaxBy(each => each.Id)!;

        world.Ask(new CellInput.AskRollout("ola", waiting.Id, RolloutAsk.Abort, "in a hurry", ConsistHash: null));
        world.Ask(new CellInput.OrderExpress("ola", waiting.Service, waiting.To, "in a hurry"));
        world.RunUntil(each => UnderWay(each) == 2, Soon);

        Assert.Contains(
            world.Cell.Rollouts.Values,
            each => each.Service == waiting.Service && each.Id != waiting.Id && !RolloutMachine.IsWaiting(each)
        );
    }

    private static World AWorld(int most)
    {
        var world = new World(seed: 1, hosts: 8);
        Declare(world, most, gate: null);
        PublishAll(world, "1.0.0");
        world.RunUntil(AllRun("1.0.0"), Soon);
        return world;
    }

    private static void Declare(World world, int most, ApprovalGate? gate)
    {
        var line = ALineBy("canary", count: 2);
        var services = Enumerable.Range(1, Services).Select(number => AService($"s{number}")).ToList();
        var stage = line.Route[0] with { Approval = gate };
        var pool = new Pool(stage.Pool, ImmutableSortedDictionary<string, string>.Empty, PoolPreference.Spread)
        {
            MaxConcurrentRollouts = most,
        };
        var set = new ManifestSet(
            [pool],
            [.. services],
            [],
            [
                .. services.Select(each => new Line
                {
                    Service = each.Name,
                    Timetable = line.Timetable,
                    Boarding = line.Boarding,
                    Route = [stage],
                }),
            ]
        );
        Assert.IsType<CellAnswer.Applied>(world.Ask(new CellInput.Apply("root", set, PlanId: null, IsDryRun: false)));
    }

    private static void PublishAll(World world, string version)
    {
        foreach (var service in world.Cell.Services.Keys)
        {
            world.Ask(new CellInput.Publish("ana", AnOrder(version) with { Service = service }));
        }
    }

    private static int UnderWay(World world) =>
        world.Cell.Rollouts.Values.Count(each => !RolloutMachine.IsFinished(each) && !RolloutMachine.IsWaiting(each));

    private static bool IsToldToWait(Rollout rollout) =>
        rollout.Phase is RolloutPhase.Held(RolloutPhase.Planned, var reason)
        && reason.StartsWith("it waits its turn: pool default takes ", StringComparison.Ordinal);

    private static Func<World, bool> AllRun(string version) =>
        world =>
            world.Cell.Deployments.Count == Services
            && world.Cell.Deployments.Values.All(each => each.Current?.ToString() == version)
            && world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished);
}
