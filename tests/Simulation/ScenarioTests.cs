using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>
/// Whole stories of trains as the journal tells them, kept beside this file for people to read. Written anew with
/// ORC_WRITE_SCENARIOS=1.
/// </summary>
public sealed class ScenarioTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(5);
    private static readonly ServiceName Front = ServiceName.Parse("front");

    [Fact]
    public void A_good_canary_is_approved_and_arrives() =>
        Tell(
            "a-good-canary",
            new ApprovalGate(ApprovalPoint.Promotion, AllowsPublisher: false),
            world =>
            {
                Publish(world, "1.1.0");
                world.RunUntil(each => Newest(each).Phase is RolloutPhase.AwaitingApproval, Soon);
                Ask(world, RolloutAsk.Approve, "bo", "looks good");
                world.RunUntil(each => Current(each) == "1.1.0" && IsQuiet(each), Soon);
            }
        );

    [Fact]
    public void A_failing_canary_goes_back_and_its_train_arrives_in_part() =>
        Tell(
            "a-failing-canary",
            approval: null,
            world =>
            {
                Publish(world, "1.1.0");
                world.RunUntil(each => Newest(each) is { Phase: RolloutPhase.Baking } && IsOf(each, "1.1.0"), Soon);
                world.ErrorPercent["1.1.0"] = 30;
                world.RunUntil(each => LastTrain(each).Phase is TrainPhase.ArrivedPartial, Soon);
            }
        );

    [Fact]
    public void A_freeze_takes_a_canary_out_and_lets_it_start_anew() =>
        Tell(
            "a-freeze-over-a-canary",
            approval: null,
            world =>
            {
                Publish(world, "1.1.0");
                world.RunUntil(each => Newest(each) is { Phase: RolloutPhase.Judging } && IsOf(each, "1.1.0"), Soon);
                Freeze(world, TimeSpan.FromMinutes(2));
                world.RunUntil(each => Current(each) == "1.1.0" && IsQuiet(each), Soon);
            }
        );

    [Fact]
    public void An_express_turns_back_the_canary_in_its_way() =>
        Tell(
            "an-express-in-need",
            approval: null,
            world =>
            {
                world.RequestsPerSecond = 0;
                Publish(world, "1.1.0");
                world.RunUntil(each => Newest(each) is { Phase: RolloutPhase.Judging } && IsOf(each, "1.1.0"), Soon);
                world.RequestsPerSecond = 60;
                Publish(world, "1.1.1");
                world.Ask(
                    new CellInput.OrderExpress("ola", Checkout, SemanticVersion.Parse("1.1.1"), "orders are lost")
                );
                world.RunUntil(each => Current(each) == "1.1.1" && IsQuiet(each), Soon);
            }
        );

    [Fact]
    public void The_glass_is_broken_through_a_halt_and_reviewed() =>
        Tell(
            "broken-glass",
            new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: false) { Count = 2 },
            world =>
            {
                world.Ask(new CellInput.Halt("ola", [], [], Within: null, "the data centre is on batteries"));
                Publish(world, "1.1.0");
                world.Ask(
                    new CellInput.OrderExpress("ola", Checkout, SemanticVersion.Parse("1.1.0"), "customers cannot pay")
                    {
                        BreakGlassFor = TimeSpan.FromHours(1),
                    }
                );
                world.RunUntil(each => Current(each) == "1.1.0" && IsQuiet(each), Soon);
                world.Ask(new CellInput.ReviewTrain("bo", LastTrain(world).Id, "right: the fix held, power came back"));
                world.Ask(new CellInput.ReleaseWindow("ola", WindowName.Parse("halt-1"), "power is back"));
            }
        );

    [Fact]
    public void What_is_recreated_is_turned_back_before_the_new_version_serves() =>
        Tell(
            "a-recreate-that-is-turned-back",
            By("recreate"),
            isEach: true,
            world =>
            {
                Publish(world, "1.1.0");
                world.RunUntil(each => IsOf(each, "1.1.0") && Newest(each).Phase is RolloutPhase.Promoting, Soon);
                world.Run(TimeSpan.FromSeconds(3));
                Ask(world, RolloutAsk.Abort, "ola", "the schema is not migrated yet");
                world.RunUntil(each => Newest(each) is { Phase: RolloutPhase.RolledBack } && IsQuiet(each), Soon);
                Publish(world, "1.2.0");
                world.RunUntil(each => Current(each) == "1.2.0" && IsQuiet(each), Soon);
            }
        );

    [Fact]
    public void What_has_switched_goes_back_while_the_old_set_is_kept() =>
        Tell(
            "a-switch-and-back",
            By("blueGreen"),
            isEach: true,
            world =>
            {
                Publish(world, "1.1.0");
                world.RunUntil(each => IsOf(each, "1.1.0") && Newest(each).Phase is RolloutPhase.Switched, Soon);
                world.Run(TimeSpan.FromSeconds(10));
                Ask(world, RolloutAsk.Rollback, "ola", "customers see wrong prices");
                world.RunUntil(each => Newest(each) is { Phase: RolloutPhase.RolledBack } && IsQuiet(each), Soon);
                Publish(world, "1.2.0");
                world.RunUntil(each => Current(each) == "1.2.0" && IsQuiet(each), Soon);
            }
        );

    [Fact]
    public void A_promotion_in_waves_is_held_in_silence_and_goes_on() =>
        Tell(
            "waves-in-silence",
            By("waves"),
            isEach: true,
            world =>
            {
                Publish(world, "1.1.0");
                world.RunUntil(each => IsOf(each, "1.1.0") && IsSoaking(each), Soon);
                world.RequestsPerSecond = 0;
                world.RunUntil(each => Newest(each).Phase is RolloutPhase.Held, Soon);
                world.RequestsPerSecond = 60;
                Ask(world, RolloutAsk.Resume, "bo", "the load test is over");
                world.RunUntil(each => Current(each) == "1.1.0" && IsQuiet(each), Soon);
            }
        );

    [Fact]
    public void A_version_goes_zone_by_zone_and_a_bad_one_stays_in_the_first() =>
        Tell(
            "zone-by-zone",
            By("patient zones"),
            isEach: true,
            world =>
            {
                world.InZones("a", "b", "c");
                Publish(world, "1.1.0");
                world.RunUntil(each => Current(each) == "1.1.0" && IsQuiet(each), Soon);
                Publish(world, "1.2.0");
                world.RunUntil(each => IsOf(each, "1.2.0") && IsSoaking(each), Soon);
                world.ErrorPercent["1.2.0"] = 30;
                world.RunUntil(each => Newest(each) is { Phase: RolloutPhase.RolledBack } && IsQuiet(each), Soon);
            }
        );

    [Fact]
    public void Coupled_versions_go_in_their_order_and_back_together() =>
        Tell(
            "coupled-and-back",
            approval: null,
            world =>
            {
                Couple(world, "1");
                Publish(world, "1.1.0");
                PublishFront(world, "1.0.0");
                world.RunUntil(each => LastTrain(each).Phase is TrainPhase.Arrived && IsCoupled(each), Soon);
                Couple(world, "1-2");
                PublishFront(world, "1.0.1");
                Publish(world, "1.1.1");
                world.RunUntil(each => LastTrain(each) is { Phase: TrainPhase.Arrived, Id.Number: 3 }, Soon);
                Publish(world, "2.0.0");
                Couple(world, "2");
                PublishFront(world, "1.1.0");
                world.RunUntil(each => Current(each) == "2.0.0", Soon);
                world.ErrorPercent["1.1.0"] = 40;
                world.RunUntil(each => LastTrain(each).Phase is TrainPhase.ArrivedPartial, Soon);
            }
        );

    [Fact]
    public void A_bad_release_is_recalled_everywhere_and_yanked() =>
        Tell(
            "a-recall",
            approval: null,
            world =>
            {
                Publish(world, "1.1.0");
                world.RunUntil(each => Current(each) == "1.1.0" && IsQuiet(each), Soon);
                world.Ask(new CellInput.RecallTrain("ola", LastTrain(world).Id, "wrong prices"));
                world.Ask(
                    new CellInput.YankVersion(
                        "ola",
                        Checkout,
                        SemanticVersion.Parse("1.1.0"),
                        IsYanked: true,
                        "wrong prices"
                    )
                );
                world.RunUntil(each => LastTrain(each).Phase is TrainPhase.Recalled, Soon);
            }
        );

    private static void Tell(string name, ApprovalGate? approval, Action<World> happens) =>
        Tell(name, ALine(approval), isEach: false, happens);

    /// <param name="isEach">Whether what becomes of each instance is told, too.</param>
    private static void Tell(string name, Line line, bool isEach, Action<World> happens)
    {
        var world = new World(seed: 1, hosts: 3);
        world.Ask(new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false));
        world.RunUntil(each => Current(each) == "1.0.0" && IsQuiet(each), Soon);
        world.Ask(new CellInput.Apply("root", new ManifestSet([], [], [], [line]), PlanId: null, IsDryRun: false));
        var before = world.Journal.Count;
        var start = world.Now;
        happens(world);
        world.Run(TimeSpan.FromSeconds(1));

        var told = string.Concat(
            world
                .Journal.Skip(before)
                .Where(entry => isEach || !entry.Action.StartsWith("instance", StringComparison.Ordinal))
                .Select(entry => Line(entry, start))
        );
        Golden.Compare(Path.Combine("Scenarios", $"{name}.txt"), told);
    }

    private static Line By(string strategy)
    {
        var line = ALine(approval: null);
        return line with { Route = [line.Route[0], .. ALineBy(strategy, count: 3).Route] };
    }

    private static string Line(JournalEntry entry, DateTimeOffset start) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(entry.At - start).TotalSeconds, 6:0.0} s  {entry.Actor, -9}  {entry.Action, -26}  {entry.Subject}: {entry.Reason}\n"
        );

    /// <summary>Front travels with checkout, and needs it in these majors.</summary>
    private static void Couple(World world, string majors)
    {
        var line = ALine(approval: null);
        var coupled = line with
        {
            Route = [line.Route[0], line.Route[1] with { Count = 2 }],
            Coupled = [new CoupledService(Front, IsOptional: false)],
        };
        var front = AService("front") with { Dependencies = [new Dependency(Checkout, Majors(majors))] };
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(
                new CellInput.Apply("root", new ManifestSet([], [front], [], [coupled]), PlanId: null, IsDryRun: false)
            )
        );
    }

    private static void PublishFront(World world, string version) =>
        world.Ask(new CellInput.Publish("fay", AnOrder(version) with { Service = Front }));

    private static bool IsCoupled(World world) => LastTrain(world).Consist?.Cars.Length == 2;

    private static void Publish(World world, string version) =>
        world.Ask(new CellInput.Publish("ana", AnOrder(version)));

    private static void Ask(World world, RolloutAsk ask, string actor, string reason) =>
        world.Ask(new CellInput.AskRollout(actor, Newest(world).Id, ask, reason, ConsistHash: null));

    private static bool IsSoaking(World world) =>
        Newest(world).Phase is RolloutPhase.Promoting { SoakingSince: not null };

    private static bool IsOf(World world, string version) => Newest(world).To.ToString() == version;

    private static bool IsQuiet(World world) =>
        world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
        && world.Cell.Trains.Values.All(train => train.Phase is not TrainPhase.Departed);

    private static Rollout Newest(World world) =>
        world.Cell.Rollouts.Values.Where(each => each.Stage.Name == Prod).MaxBy(each => each.PlannedAt)!;

    private static Train LastTrain(World world) => world.Cell.Trains.Values.Last(train => train.Consist is not null);

    private static string? Current(World world) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, Prod))?.Current?.ToString();
}
