using System.Globalization;
using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Tests.Timetabling;

public sealed class WindowPeriodsTests
{
    private static readonly DateTimeOffset Monday = At("2026-03-23T12:00:00Z");

    [Fact]
    public void A_weekend_lasts_its_hours_though_the_clock_changes_in_it()
    {
        var window = AWindow("Europe/Berlin") with
        {
            Recurring = [new RecurringPeriod("0 0 17 ? * FRI", TimeSpan.FromHours(63))],
        };

        var told = WindowPeriods.Of(window, Monday);

        Assert.Equal(new Period(At("2026-03-27T16:00:00Z"), At("2026-03-30T07:00:00Z")), told.Periods[0]);
        Assert.Equal(At("2026-04-03T15:00:00Z"), told.Periods[1].From);
        Assert.Equal(Monday + WindowPeriods.Horizon, told.KnownUntil);
    }

    [Fact]
    public void Dates_are_read_on_the_clock_of_the_zone_and_known_for_ever()
    {
        var window = AWindow("America/New_York") with
        {
            Dated = [new DatedPeriod(At("2026-12-20T17:00:00Z").DateTime, At("2027-01-04T00:00:00Z").DateTime)],
        };

        var told = WindowPeriods.Of(window, Monday);

        Assert.Equal([new Period(At("2026-12-20T22:00:00Z"), At("2027-01-04T05:00:00Z"))], told.Periods);
        Assert.Equal(DateTimeOffset.MaxValue, told.KnownUntil);
    }

    [Fact]
    public void A_period_under_way_is_told_and_overlapping_ones_are_one()
    {
        var window = AWindow("UTC") with
        {
            Recurring =
            [
                new RecurringPeriod("0 0 * * * ? 2026", TimeSpan.FromMinutes(90)),
                new RecurringPeriod("0 30 11 23 3 ? 2026", TimeSpan.FromHours(10)),
            ],
        };

        var told = WindowPeriods.Of(window, Monday);

        Assert.Equal(At("2026-03-23T11:00:00Z"), told.Periods[0].From);
        Assert.True(told.Periods.Length == 1);
    }

    [Fact]
    public void What_recurs_without_end_is_told_again_in_time_and_what_does_not_is_told_once()
    {
        var often = AWindow("UTC") with { Recurring = [new RecurringPeriod("0 0/5 * * * ?", TimeSpan.FromMinutes(1))] };
        var told = WindowPeriods.Of(often, Monday);
        var known = often with { Periods = told.Periods, KnownUntil = told.KnownUntil };

        Assert.Equal(1_000, told.Periods.Length);
        Assert.True(told.KnownUntil > Monday.AddDays(3));
        Assert.Empty(WindowPeriods.Due(CellWith(known), Monday));
        Assert.Empty(WindowPeriods.Due(CellWith(known), Monday.AddSeconds(3)));
        Assert.Single(WindowPeriods.Due(CellWith(known), Monday.AddHours(10)));
        Assert.Single(WindowPeriods.Due(CellWith(known), told.KnownUntil.AddMinutes(-30)));
        Assert.Single(WindowPeriods.Due(CellWith(often), Monday));
        Assert.Empty(WindowPeriods.Due(CellWith(often with { HaltedBy = "ola" }), Monday));
    }

    /// <summary>Else each telling would change the cell, and the cell's change wake who tells.</summary>
    [Theory]
    [InlineData("0 * * * * ?", 5)]
    [InlineData("0/5 * * * * ?", 1)]
    [InlineData("0 0 17 ? * FRI", 63 * 60)]
    public void What_was_just_told_is_not_told_again(string cron, int minutes)
    {
        var window = AWindow("UTC") with { Recurring = [new RecurringPeriod(cron, TimeSpan.FromMinutes(minutes))] };
        var told = WindowPeriods.Of(window, Monday);
        var known = window with { Periods = told.Periods, KnownUntil = told.KnownUntil };

        Assert.Single(WindowPeriods.Due(CellWith(window), Monday));
        Assert.Empty(WindowPeriods.Due(CellWith(known), Monday.AddSeconds(3)));
        Assert.Single(WindowPeriods.Due(CellWith(known), told.KnownUntil.AddSeconds(-1)));
        Assert.Empty(WindowPeriods.Due(CellWith(known with { Zone = "Nowhere/Else" }), Monday));
    }

    private static Cell CellWith(Window window) =>
        Cell.Empty with
        {
            Windows = Cell.Empty.Windows.Add(window.Name, window),
        };

    private static Window AWindow(string zone) =>
        new()
        {
            Name = WindowName.Parse("w"),
            Effect = WindowEffect.Deny,
            Services = [],
            Stages = [],
            Zone = zone,
            Recurring = [],
            Dated = [],
            OnClose = WindowClosing.Finish,
            Reason = "",
        };

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
