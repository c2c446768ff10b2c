using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Freezes, maintenance hours, and people who stop the line.</summary>
public sealed class WindowTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Fact]
    public void No_train_departs_inside_a_denying_window_and_the_first_slot_after_it_does()
    {
        var world = AWorld();
        var opens = world.Now + TimeSpan.FromMinutes(2);
        Apply(world, AWindow(world.Now, opens));

        Publish(world, "1.1.0");
        world.RunUntil(each => TrainOf(each, "1.1.0") is { Phase: TrainPhase.Departed }, Soon);

        var train = TrainOf(world, "1.1.0")!;
        Assert.InRange(train.DepartsAt, opens, opens + TimeSpan.FromSeconds(10));
        Assert.Equal(2, world.Cell.Trains.Values.Count(each => each.Consist is not null));
    }

    [Fact]
    public void A_window_of_one_stage_lets_the_train_come_that_far()
    {
        var world = AWorld();
        var opens = world.Now + TimeSpan.FromMinutes(2);
        Apply(world, AWindow(world.Now, opens) with { Stages = [Prod] });

        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Held, Soon);
        var held = Assert.IsType<RolloutPhase.Held>(At(world, "1.1.0", Prod)!.Phase);
        var before = world.Now;
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Assert.StartsWith("window freeze denies it until 2026-03-02 09:0", held.Reason, StringComparison.Ordinal);
        Assert.EndsWith(": stocktaking", held.Reason, StringComparison.Ordinal);
        Assert.True(before < opens);
        Assert.True(world.Now > opens);
    }

    [Fact]
    public void A_window_of_another_service_or_stage_concerns_nobody_else()
    {
        var world = AWorld();
        var always = AWindow(world.Now, world.Now + TimeSpan.FromDays(1));
        Apply(world, always with { Services = [ServiceName.Parse("other")] });
        Apply(world, always with { Name = WindowName.Parse("stage"), Stages = [StageName.Parse("moon")] });

        Publish(world, "1.1.0");

        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);
    }

    /// <summary>What is closed until then keeps nobody; and who is late looks at the hour that it is.</summary>
    [Fact]
    public void Of_a_train_that_boards_the_hour_of_its_departure_counts_and_not_the_present()
    {
        var world = AWorld();
        world.RunUntil(each => Boarding(each)?.DepartsAt - each.Now > TimeSpan.FromSeconds(5), Soon);
        Apply(world, AWindow(world.Now, world.Now.AddSeconds(4)));
        world.Run(TimeSpan.FromSeconds(1));
        var train = Boarding(world)!;

        Assert.Equal("", TrainSight.ClosedFor(world.Cell, train, world.Now));
        var late = train with { DepartsAt = world.Now.AddHours(-1) };
        Assert.StartsWith("window freeze denies it until", TrainSight.ClosedFor(world.Cell, late, world.Now));
    }

    private static Train? Boarding(World world) =>
        world.Cell.Trains.Values.LastOrDefault(train => train.Phase is TrainPhase.Boarding);

    [Fact]
    public void Where_there_are_allowing_windows_one_must_be_open_and_denying_ones_win()
    {
        var world = AWorld();
        var start = world.Now;
        Apply(
            world,
            AWindow(start + TimeSpan.FromSeconds(40), start + TimeSpan.FromDays(1)) with
            {
                Name = WindowName.Parse("hours"),
                Effect = WindowEffect.Allow,
            }
        );
        Apply(world, AWindow(start + TimeSpan.FromSeconds(30), start + TimeSpan.FromSeconds(80)));

        Publish(world, "1.1.0");
        world.RunUntil(each => TrainOf(each, "1.1.0") is { Phase: TrainPhase.Departed }, Soon);

        Assert.InRange(
            TrainOf(world, "1.1.0")!.DepartsAt,
            start + TimeSpan.FromSeconds(80),
            start + TimeSpan.FromSeconds(91)
        );
    }

    [Fact]
    public void A_canary_finishes_over_the_close_of_a_window_that_says_so()
    {
        var world = AWorld();
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Baking, Soon);

        Apply(world, AWindow(world.Now, world.Now + TimeSpan.FromHours(1)));

        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);
    }

    [Fact]
    public void A_canary_is_withdrawn_at_the_close_of_a_window_that_holds_and_starts_anew_when_it_opens()
    {
        var world = AWorld();
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Judging, Soon);
        var unanswered = world.Gateway.Unanswered;

        Apply(world, AWindow(world.Now, world.Now + TimeSpan.FromMinutes(2)) with { OnClose = WindowClosing.Hold });
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Held, TimeSpan.FromSeconds(30));
        world.Run(TimeSpan.FromSeconds(5));

        Assert.Equal(3, ReadyOf(world, "1.0.0"));
        Assert.Equal(0, ReadyOf(world, "1.1.0"));
        Assert.Equal(100, WeightOf(world, "1.0.0"));
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);
        Assert.Equal(
            2,
            world.Journal.Count(entry => entry is { Action: "rollout.baking", Subject: "checkout/2/prod" })
        );
        Assert.Equal(unanswered, world.Gateway.Unanswered);
    }

    [Fact]
    public void What_a_person_paused_is_withdrawn_too_and_stays_paused()
    {
        var world = AWorld();
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Judging, Soon);
        Ask(world, RolloutAsk.Pause);

        Apply(world, AWindow(world.Now, world.Now + TimeSpan.FromMinutes(1)) with { OnClose = WindowClosing.Hold });
        world.Run(TimeSpan.FromMinutes(2));
        var phase = At(world, "1.1.0", Prod)!.Phase;
        Ask(world, RolloutAsk.Resume);
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Assert.IsType<RolloutPhase.Planned>(Assert.IsType<RolloutPhase.Paused>(phase).Resume);
    }

    [Fact]
    public void A_promotion_finishes_over_the_close_of_a_window_that_holds()
    {
        var world = AWorld();
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Promoting, Soon);

        Apply(world, AWindow(world.Now, world.Now + TimeSpan.FromHours(1)) with { OnClose = WindowClosing.Hold });

        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);
    }

    [Fact]
    public void A_window_that_is_edited_while_it_is_open_takes_no_canary_out()
    {
        var world = AWorld();
        var later = AWindow(world.Now.AddDays(1), world.Now.AddDays(2)) with { OnClose = WindowClosing.Hold };
        Apply(world, later);
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Judging, Soon);

        Apply(world, later with { Reason = "the books are closed" });
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Assert.DoesNotContain(world.Journal, entry => entry.Action == "rollout.withdrawing");
    }

    [Fact]
    public void A_halt_stops_what_a_freeze_lets_finish()
    {
        var world = AWorld();
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Baking, Soon);
        Apply(world, AWindow(world.Now, world.Now + TimeSpan.FromHours(1)));
        world.Run(TimeSpan.FromSeconds(1));

        Halt(world, within: null);
        world.Run(TimeSpan.FromSeconds(1));

        Assert.IsType<RolloutPhase.Halted>(At(world, "1.1.0", Prod)!.Phase);
    }

    [Fact]
    public void A_halt_stops_everything_where_it_is_until_it_is_released()
    {
        var world = AWorld();
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Promoting(1, _), Soon);

        var answer = Assert.IsType<CellAnswer.Accepted>(Halt(world, within: null));
        world.Run(TimeSpan.FromSeconds(1));
        var (ready, phase) = (ReadyOf(world, "1.1.0"), At(world, "1.1.0", Prod)!.Phase);
        world.Run(TimeSpan.FromMinutes(10));
        var later = ReadyOf(world, "1.1.0");
        world.Ask(new CellInput.ReleaseWindow("ola", WindowName.Parse(answer.Subject), "found it"));
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Assert.Equal("halted by ola (halt-1): look", Assert.IsType<RolloutPhase.Halted>(phase).Reason);
        Assert.Equal(ready, later);
        Assert.Empty(world.Cell.Windows);
    }

    [Fact]
    public void A_halt_ends_by_itself_when_it_was_given_a_time()
    {
        var world = AWorld();
        Halt(world, TimeSpan.FromMinutes(1));

        Publish(world, "1.1.0");
        world.Run(TimeSpan.FromSeconds(50));
        var trains = TrainOf(world, "1.1.0");
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Assert.Null(trains);
        Assert.Empty(world.Cell.Windows);
    }

    [Fact]
    public void A_service_that_its_line_takes_along_no_more_has_no_line_to_halt()
    {
        var world = AWorld();
        var front = ServiceName.Parse("front");
        var line = ALine(approval: null);
        var coupled = line with { Coupled = [new CoupledService(front, IsOptional: true)] };
        world.Ask(new CellInput.Apply("root", new([], [AService("front")], [], [coupled]), null, IsDryRun: false));
        var before = world.Ask(new CellInput.Halt("ola", [front], [], Within: null, "look"));

        world.Ask(new CellInput.Apply("root", new([], [], [], [line]), PlanId: null, IsDryRun: false));
        var after = world.Ask(new CellInput.Halt("ola", [front], [], Within: null, "look"));

        Assert.IsType<CellAnswer.Accepted>(before);
        Assert.Equal("line_unknown", Assert.IsType<CellAnswer.Refused>(after).Code);
    }

    [Fact]
    public void A_halt_with_a_time_is_over_at_its_very_end()
    {
        var world = AWorld();
        Halt(world, TimeSpan.FromSeconds(2));

        world.Run(TimeSpan.FromSeconds(1.8));
        Assert.Single(world.Cell.Windows);
        world.Run(TimeSpan.FromSeconds(0.2));

        Assert.Empty(world.Cell.Windows);
        Assert.Single(world.Journal, entry => entry is { Action: "window.released", Reason: "its time is over" });
    }

    [Fact]
    public void Neither_a_failing_canary_nor_a_rollback_waits_for_a_window()
    {
        var world = AWorld();
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Prod) == "1.1.0" && IsQuiet(each), Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => At(each, "1.2.0", Prod)?.Phase is RolloutPhase.Baking, Soon);

        Halt(world, within: null);
        world.ErrorPercent["1.2.0"] = 30;
        world.RunUntil(each => At(each, "1.2.0", Prod)?.Phase is RolloutPhase.RolledBack, Soon);
        world.Ask(new CellInput.OrderRollback("ola", Checkout, Prod, SemanticVersion.Parse("1.0.0"), "r"));

        world.RunUntil(each => Current(each, Prod) == "1.0.0", Soon);
    }

    [Fact]
    public void A_window_whose_times_are_not_known_lets_nothing_begin()
    {
        var window = AWindow(World.Start, World.Start) with { Dated = [] };
        var opened = window with { KnownUntil = DateTimeOffset.MaxValue };

        Assert.NotNull(WindowCalendar.At([window], Checkout, Prod, World.Start));
        Assert.NotNull(WindowCalendar.At([window with { Effect = WindowEffect.Allow }], Checkout, Prod, World.Start));
        Assert.Null(WindowCalendar.At([opened], Checkout, Prod, World.Start));
        Assert.NotNull(WindowCalendar.At([opened with { Effect = WindowEffect.Allow }], Checkout, Prod, World.Start));
    }

    [Fact]
    public void What_is_sealed_when_a_window_closes_waits_and_is_missed_with_that_reason()
    {
        var world = AWorld(cutOff: TimeSpan.FromSeconds(5));
        Publish(world, "1.1.0");
        world.RunUntil(each => TrainOf(each, "1.1.0") is { Phase: TrainPhase.Sealed }, Soon);

        Apply(world, AWindow(world.Now, world.Now + TimeSpan.FromHours(1)));
        world.RunUntil(each => TrainOf(each, "1.1.0") is { Phase: TrainPhase.Missed }, TimeSpan.FromMinutes(6));

        var missed = Assert.IsType<TrainPhase.Missed>(TrainOf(world, "1.1.0")!.Phase);
        Assert.Contains("window freeze denies it", missed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Late_news_of_a_window_that_was_changed_since_changes_nothing()
    {
        var world = AWorld();
        var old = AWindow(world.Now, world.Now + TimeSpan.FromHours(1));
        Apply(world, old);
        Apply(world, old with { Stages = [Prod] });

        world.Ask(new CellInput.WindowTimed(old, [], DateTimeOffset.MaxValue));

        Assert.Equal(DateTimeOffset.MinValue, world.Cell.Windows[old.Name].KnownUntil);
    }

    private static World AWorld(TimeSpan cutOff = default)
    {
        var world = new World(seed: 1, hosts: 3);
        var fleet = AFleet(approval: null, "1.0.0");
        var line = fleet.Lines[0] with { Boarding = fleet.Lines[0].Boarding with { CutOff = cutOff } };
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(new CellInput.Apply("root", fleet with { Lines = [line] }, PlanId: null, IsDryRun: false))
        );
        world.RunUntil(each => Current(each, Prod) == "1.0.0" && IsQuiet(each), Soon);
        return world;
    }

    private static Window AWindow(DateTimeOffset from, DateTimeOffset until) =>
        new()
        {
            Name = WindowName.Parse("freeze"),
            Effect = WindowEffect.Deny,
            Services = [],
            Stages = [],
            Zone = "UTC",
            Recurring = [],
            Dated = [new DatedPeriod(from.UtcDateTime, until.UtcDateTime)],
            OnClose = WindowClosing.Finish,
            Reason = "stocktaking",
        };

    private static void Apply(World world, Window window) =>
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(
                new CellInput.Apply(
                    "root",
                    new ManifestSet([], [], [], []) { Windows = [window] },
                    PlanId: null,
                    IsDryRun: false
                )
            )
        );

    private static CellAnswer Halt(World world, TimeSpan? within) =>
        world.Ask(new CellInput.Halt("ola", [], [], within, "look"));

    private static void Ask(World world, RolloutAsk ask) =>
        Assert.IsType<CellAnswer.Accepted>(
            world.Ask(new CellInput.AskRollout("ola", At(world, "1.1.0", Prod)!.Id, ask, "r", ConsistHash: null))
        );

    private static void Publish(World world, string version) =>
        world.Ask(new CellInput.Publish("ana", AnOrder(version)));

    private static bool IsQuiet(World world) => world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished);

    private static int ReadyOf(World world, string version) =>
        world.Cell.Instances.Values.Count(each =>
            each.Stage == Prod && each.IsReady && each.Version.ToString() == version
        );

    private static decimal WeightOf(World world, string version) =>
        world
            .Cell.Deployments[new DeploymentKey(Checkout, Prod)]
            .Targets.Single(target => target.Version.ToString() == version)
            .WeightPercent;

    private static Rollout? At(World world, string version, StageName stage) =>
        world.Cell.Rollouts.Values.LastOrDefault(each => each.To.ToString() == version && each.Stage.Name == stage);

    private static Train? TrainOf(World world, string version) =>
        world.Cell.Trains.Values.LastOrDefault(train => train.Consist?.Cars[0].Version.ToString() == version);

    private static string? Current(World world, StageName stage) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, stage))?.Current?.ToString();
}
