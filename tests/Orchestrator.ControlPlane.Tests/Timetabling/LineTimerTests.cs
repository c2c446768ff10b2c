using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Trains;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Timetabling;

public sealed class LineTimerTests
{
    private const string Hourly = "0 0 * * * ?";
    private static readonly ServiceName Cart = ServiceName.Parse("cart");

    [Fact]
    public void A_line_without_a_train_is_told_its_next_departure()
    {
        var due = LineTimer.Due(ACell(Hourly), At("2026-05-04T12:10:00Z"));

        Assert.Equal([new CellInput.LineTimed(LineName.Of(Cart), At("2026-05-04T13:00:00Z"))], due);
    }

    [Fact]
    public void A_line_with_a_train_that_boards_is_told_nothing()
    {
        var cell = ACell(Hourly, ATrain(1, new TrainPhase.Boarding(), "2026-05-04T13:00:00Z"));

        Assert.Empty(LineTimer.Due(cell, At("2026-05-04T12:10:00Z")));
    }

    [Fact]
    public void A_train_whose_time_has_passed_does_not_count()
    {
        var cell = ACell(Hourly, ATrain(1, new TrainPhase.Boarding(), "2026-05-04T12:00:00Z"));

        var due = LineTimer.Due(cell, At("2026-05-04T12:00:00Z"));

        Assert.Equal([new CellInput.LineTimed(LineName.Of(Cart), At("2026-05-04T13:00:00Z"))], due);
    }

    [Fact]
    public void A_slot_that_a_sealed_train_has_is_not_given_away_again()
    {
        var cell = ACell(Hourly, ATrain(1, new TrainPhase.Sealed(), "2026-05-04T13:00:00Z"));

        var due = LineTimer.Due(cell, At("2026-05-04T12:58:00Z"));

        Assert.Equal([new CellInput.LineTimed(LineName.Of(Cart), At("2026-05-04T14:00:00Z"))], due);
    }

    [Fact]
    public void A_timetable_that_was_changed_is_told_though_a_train_boards()
    {
        var cell = ACell("0 30 * * * ?", ATrain(1, new TrainPhase.Boarding(), "2026-05-04T13:00:00Z"));

        var due = LineTimer.Due(cell, At("2026-05-04T12:10:00Z"));

        Assert.Equal([new CellInput.LineTimed(LineName.Of(Cart), At("2026-05-04T12:30:00Z"))], due);
    }

    [Fact]
    public void Slots_in_closed_windows_are_passed_over_and_a_train_that_boards_for_one_moves()
    {
        var cell = ACell(Hourly, ATrain(1, new TrainPhase.Boarding(), "2026-05-04T13:00:00Z")) with
        {
            Windows = Cell.Empty.Windows.Add(Freeze.Name, Freeze),
        };

        var due = LineTimer.Due(cell, At("2026-05-04T12:10:00Z"));

        Assert.Equal([new CellInput.LineTimed(LineName.Of(Cart), At("2026-05-04T16:00:00Z"))], due);
    }

    [Fact]
    public void Where_nobody_knows_when_a_window_opens_the_usual_slot_stays()
    {
        var endless = Freeze with { Periods = [new Period(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)] };
        var cell = ACell(Hourly) with { Windows = Cell.Empty.Windows.Add(endless.Name, endless) };

        var due = LineTimer.Due(cell, At("2026-05-04T12:10:00Z"));

        Assert.Equal([new CellInput.LineTimed(LineName.Of(Cart), At("2026-05-04T13:00:00Z"))], due);
    }

    [Fact]
    public void A_line_that_never_departs_again_is_told_nothing() =>
        Assert.Empty(LineTimer.Due(ACell("0 0 9 * * ? 2020"), At("2026-05-04T12:10:00Z")));

    [Fact]
    public async Task A_line_that_is_applied_gets_a_train_and_a_changed_one_moves_it()
    {
        await using var bench = await OpenAsync();
        var clock = new FakeTimeProvider(At("2026-03-29T00:10:00Z"));
        var conductor = await bench.ALeaderAsync(clock);
        using var timer = new LineTimer(conductor, clock, NullLogger<LineTimer>.Instance);
        await using var wakeUps = await CreateAsync(timer.Wake, TimeProvider.System);
        using var stopping = new CancellationTokenSource();
        var running = timer.RunAsync(wakeUps, stopping.Token);

        await conductor.AskAsync(ALine("cart", "0 30 3 * * ?", "Europe/Berlin"), Token);
        await UntilAsync(() => conductor.Current.Cell.Trains.Count == 1);
        Assert.Equal(At("2026-03-29T01:30:00Z"), conductor.Current.Cell.Trains.Values.First().DepartsAt);

        await conductor.AskAsync(ALine("cart", "0 0 12 * * ?", "Europe/Berlin"), Token);
        await UntilAsync(() => conductor.Current.Cell.Trains.Values.First().DepartsAt == At("2026-03-29T10:00:00Z"));

        clock.Advance(TimeSpan.FromHours(12));
        await UntilAsync(() =>
        {
            clock.Advance(LineTimer.CheckEvery);
            return conductor.Current.Cell.Trains.Values.First().DepartsAt == At("2026-03-30T10:00:00Z");
        });
        Assert.Single(conductor.Current.Cell.Trains);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Quartz_wakes_the_lines_that_there_are_and_no_others()
    {
        var woken = 0;
        await using var wakeUps = await CreateAsync(() => Interlocked.Increment(ref woken), TimeProvider.System);
        await wakeUps.StartAsync(Token);

        await wakeUps.SetAsync([LineOf("cart", "* * * * * ?", "UTC"), LineOf("old", "0 0 9 * * ? 2020", "UTC")], Token);
        await UntilAsync(() => woken > 0);
        await wakeUps.SetAsync([LineOf("cart", "0 0 9 1 1 ?", "UTC")], Token);
        Assert.Equal(1, await wakeUps.CountAsync(Token));
        await wakeUps.SetAsync([], Token);

        Assert.Equal(0, await wakeUps.CountAsync(Token));
    }

    private static Task<WakeUps> CreateAsync(Action wake, TimeProvider clock) =>
        WakeUps.CreateAsync(
            $"test-{Guid.NewGuid():N}",
            new WakeUpStore.InMemory(),
            wake,
            clock,
            NullLoggerFactory.Instance,
            Token
        );

    private static Window Freeze { get; } =
        new()
        {
            Name = WindowName.Parse("freeze"),
            Effect = WindowEffect.Deny,
            Services = [],
            Stages = [],
            Zone = "UTC",
            Recurring = [],
            Dated = [],
            OnClose = WindowClosing.Finish,
            Reason = "",
            Periods = [new Period(At("2026-05-04T12:30:00Z"), At("2026-05-04T15:30:00Z"))],
            KnownUntil = DateTimeOffset.MaxValue,
        };

    private static Cell ACell(string cron, params Train[] trains) =>
        Cell.Empty with
        {
            Lines = Cell.Empty.Lines.Add(LineName.Of(Cart), LineOf("cart", cron, "UTC")),
            Trains = trains.ToImmutableSortedDictionary(train => TrainKey.Of(train.Id), train => train),
        };

    private static Train ATrain(long number, TrainPhase phase, string departsAt) =>
        new()
        {
            Id = TrainId.Of(LineName.Of(Cart), number),
            DepartsAt = At(departsAt),
            Phase = phase,
            Consist = null,
            EndedAt = null,
        };

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
