using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.Core.Catalog;

namespace Orchestrator.ControlPlane.Tests.Timetabling;

/// <summary>
/// Every zone at every change of its clock from 2024 to 2030, against a clock that is read minute by minute: each time that a
/// timetable names has one departure, at the first moment at which the clock shows it or has passed it.
/// </summary>
public sealed class ClockChangeTests
{
    private static readonly DateTimeOffset First = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Last = new(2031, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Around = TimeSpan.FromHours(6);

    /// <summary>What the cron says is said once more in code, for a minute of a day.</summary>
    private static readonly (string Cron, Func<int, bool> Departs)[] Timetables =
    [
        ("0 0/15 * * * ?", minute => minute % 15 == 0),
        ("0 30 * * * ?", minute => minute % 60 == 30),
        ("0 0,30 0-3 * * ?", minute => minute % 30 == 0 && minute < 4 * 60),
        ("0 7 2 * * ?", minute => minute == 127),
    ];

    [Fact]
    public void No_departure_is_missed_or_doubled_when_a_clock_changes()
    {
        var (changes, departures) = (0, 0);
        foreach (var zone in TimeZoneInfo.GetSystemTimeZones().Where(zone => zone.SupportsDaylightSavingTime))
        {
            foreach (var change in ChangesOf(zone))
            {
                changes++;
                var shown = ShownBy(zone, change - Around, change + Around);
                foreach (var (cron, departs) in Timetables)
                {
                    var expected = Expected(shown, departs);
                    var actual = Between(new Timetable(cron, zone.Id), change - Around, change + Around);
                    Assert.True(
                        expected.SequenceEqual(actual),
                        $"{zone.Id} {cron} around {change:u}: {string.Join(' ', expected.Except(actual))} missed, {string.Join(' ', actual.Except(expected))} too many"
                    );
                    departures += actual.Count;
                }
            }
        }

        Assert.True(changes > 1_000, $"{changes} changes of clocks");
        Assert.True(departures > 100_000, $"{departures} departures");
    }

    private static List<DateTimeOffset> Between(Timetable timetable, DateTimeOffset from, DateTimeOffset until)
    {
        var departures = new List<DateTimeOffset>();
        for (var at = Departures.After(timetable, from); at < until; at = Departures.After(timetable, at.Value))
        {
            departures.Add(at.Value);
        }

        return departures;
    }

    /// <summary>A time is due when the clock first shows it, or a later one.</summary>
    private static List<DateTimeOffset> Expected(
        List<(DateTimeOffset Moment, DateTime Wall)> shown,
        Func<int, bool> departs
    )
    {
        var (expected, latest) = (new List<DateTimeOffset>(), shown[0].Wall);
        foreach (var (moment, wall) in shown.Skip(1))
        {
            var isDue = false;
            for (var passed = latest.AddMinutes(1); passed <= wall; passed = passed.AddMinutes(1))
            {
                isDue |= departs((int)passed.TimeOfDay.TotalMinutes);
            }

            if (isDue)
            {
                expected.Add(moment);
            }

            latest = wall > latest ? wall : latest;
        }

        return expected;
    }

    private static List<(DateTimeOffset Moment, DateTime Wall)> ShownBy(
        TimeZoneInfo zone,
        DateTimeOffset from,
        DateTimeOffset until
    )
    {
        var shown = new List<(DateTimeOffset, DateTime)>();
        for (var moment = from; moment < until; moment = moment.AddMinutes(1))
        {
            shown.Add((moment, TimeZoneInfo.ConvertTime(moment, zone).DateTime));
        }

        return shown;
    }

    /// <summary>To the minute.</summary>
    private static IEnumerable<DateTimeOffset> ChangesOf(TimeZoneInfo zone)
    {
        for (var day = First; day < Last; day = day.AddDays(1))
        {
            var (before, after) = (zone.GetUtcOffset(day), zone.GetUtcOffset(day.AddDays(1)));
            if (before != after)
            {
                yield return Enumerable
                    .Range(0, 24 * 60 + 1)
                    .Select(minute => day.AddMinutes(minute))
                    .First(moment => zone.GetUtcOffset(moment) == after);
            }
        }
    }
}
