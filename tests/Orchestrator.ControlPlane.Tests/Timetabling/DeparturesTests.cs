using System.Globalization;
using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.Core.Catalog;

namespace Orchestrator.ControlPlane.Tests.Timetabling;

public sealed class DeparturesTests
{
    private static readonly DateTimeOffset Noon = At("2026-05-04T12:00:00Z");

    [Theory]
    // The clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October 2026.
    [InlineData("0 0 9 * * ?", "2026-03-28T12:00:00Z", "2026-03-29T07:00:00Z")]
    [InlineData("0 0 9 * * ?", "2026-03-28T06:00:00Z", "2026-03-28T08:00:00Z")]
    [InlineData("0 0 9 * * ?", "2026-10-24T12:00:00Z", "2026-10-25T08:00:00Z")]
    [InlineData("0 0 9 * * ?", "2026-10-24T06:00:00Z", "2026-10-24T07:00:00Z")]
    public void A_departure_keeps_to_the_clock_on_the_wall_when_summer_time_begins_and_ends(
        string cron,
        string after,
        string expected
    ) => Assert.Equal(At(expected), Departures.After(Berlin(cron), At(after)));

    [Fact]
    public void An_hour_that_the_change_skips_still_has_one_departure_that_day()
    {
        var daily = Berlin("0 30 2 * * ?");

        var departures = DeparturesBetween(daily, At("2026-03-28T12:00:00Z"), At("2026-03-30T12:00:00Z"));

        Assert.Equal(2, departures.Count);
        Assert.InRange(departures[0], At("2026-03-29T00:00:00Z"), At("2026-03-29T02:00:00Z"));
        Assert.Equal(At("2026-03-30T00:30:00Z"), departures[1]);
    }

    [Fact]
    public void An_hour_that_comes_twice_has_one_departure_of_a_daily_line()
    {
        var daily = Berlin("0 30 2 * * ?");

        var departures = DeparturesBetween(daily, At("2026-10-24T12:00:00Z"), At("2026-10-26T12:00:00Z"));

        Assert.Equal(2, departures.Count);
        Assert.InRange(departures[0], At("2026-10-25T00:30:00Z"), At("2026-10-25T01:30:00Z"));
        Assert.Equal(At("2026-10-26T01:30:00Z"), departures[1]);
    }

    [Fact]
    public void The_moment_itself_is_not_after_it()
    {
        var hourly = Berlin("0 0 * * * ?");

        Assert.Equal(Noon.AddHours(1), Departures.After(hourly, Noon));
        Assert.Equal(Noon, Departures.After(hourly, Noon.AddTicks(-1)));
    }

    [Theory]
    [InlineData("0 0 9 ? * MON-FRI", "Europe/Berlin")]
    [InlineData("0/20 * * * * ?", "UTC")]
    [InlineData("0/5 * * * * ?", "America/Argentina/Buenos_Aires")]
    [InlineData("0 0 12 1 1 ? 2027", "Etc/GMT+5")]
    public void A_timetable_that_departs_has_no_problem(string cron, string zone) =>
        Assert.Null(Departures.ProblemOf(new Timetable(cron, zone), Noon));

    [Theory]
    [InlineData("0 9 * * *", "Europe/Berlin", "seconds first")]
    [InlineData("every day", "Europe/Berlin", "seconds first")]
    [InlineData("", "Europe/Berlin", "seconds first")]
    [InlineData("0 0 9 * * ? 2020", "Europe/Berlin", "never departs")]
    [InlineData("0 0 9 30 2 ?", "Europe/Berlin", "never departs")]
    [InlineData("* * * * * ?", "Europe/Berlin", "more often")]
    [InlineData("0,30,31 * * * * ?", "Europe/Berlin", "more often")]
    [InlineData("0 0 9 * * ?", "Europe/Atlantis", "time zone")]
    [InlineData("0 0 9 * * ?", "../../etc/passwd", "time zone")]
    [InlineData("0 0 9 * * ?", "/etc/localtime", "time zone")]
    [InlineData("0 0 9 * * ?", "", "time zone")]
    public void A_timetable_that_cannot_work_is_refused_with_the_reason(string cron, string zone, string reason)
    {
        var problem = Departures.ProblemOf(new Timetable(cron, zone), Noon);

        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_timetable_that_is_wrong_or_over_has_no_departure()
    {
        Assert.Null(Departures.After(new Timetable("0 0 9 * * ? 2020", "UTC"), Noon));
        Assert.Null(Departures.After(new Timetable("nonsense", "UTC"), Noon));
        Assert.Null(Departures.After(new Timetable("0 0 9 * * ?", "Nowhere"), Noon));
    }

    private static List<DateTimeOffset> DeparturesBetween(Timetable timetable, DateTimeOffset from, DateTimeOffset to)
    {
        var departures = new List<DateTimeOffset>();
        for (
            var next = Departures.After(timetable, from);
            next is { } departure && departure < to;
            next = Departures.After(timetable, departure)
        )
        {
            departures.Add(departure);
        }

        return departures;
    }

    private static Timetable Berlin(string cron) => new(cron, "Europe/Berlin");

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
