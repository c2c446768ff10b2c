using System.Diagnostics.CodeAnalysis;
using Orchestrator.Core.Catalog;
using Quartz;

namespace Orchestrator.ControlPlane.Timetabling;

/// <summary>When a timetable's trains depart.</summary>
internal static class Departures
{
    /// <summary>Each departure is a train that is stored: more frequent ones are taken for a mistake in the seconds field.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(5);

    /// <summary>How many departures are looked at for <see cref="MinInterval"/>: a minute's worth of the shortest, twice.</summary>
    private const int CheckedDepartures = 24;

    private const int MaxZoneLength = 64;

    /// <summary>What is wrong with a timetable, for people; null when nothing is.</summary>
    public static string? ProblemOf(Timetable timetable, DateTimeOffset now)
    {
        if (!TryFindZone(timetable.Zone, out var zone))
        {
            return $"'{timetable.Zone}' is not an IANA time zone, such as Europe/Berlin.";
        }

        try
        {
            Parse(timetable.Cron, zone);
        }
        catch (FormatException exception)
        {
            return $"'{timetable.Cron}' is not a cron expression with seconds first: {exception.Message}";
        }

        if (After(timetable, now) is not { } departure)
        {
            return $"'{timetable.Cron}' never departs again.";
        }

        for (var count = 0; count < CheckedDepartures; count++)
        {
            if (After(timetable, departure) is not { } next)
            {
                return null;
            }

            if (next - departure < MinInterval)
            {
                return $"'{timetable.Cron}' departs more often than every {MinInterval.TotalSeconds} seconds.";
            }

            departure = next;
        }

        return null;
    }

    /// <summary>
    /// The first departure later than a moment; null when there is none any more, or the timetable is wrong. A time that the
    /// clock skips counts as the first moment after the gap, and one that comes twice counts once, the first time.
    /// </summary>
    public static DateTimeOffset? After(Timetable timetable, DateTimeOffset moment)
    {
        if (!TryFindZone(timetable.Zone, out var zone) || !CronExpression.TryParse(timetable.Cron, out var parsed))
        {
            return null;
        }

        // Quartz counts on a clock that never changes; what that means in the zone is ours to say.
        var cron = parsed.WithTimeZone(TimeZoneInfo.Utc);
        var wall = new DateTimeOffset(WallClock.At(moment, zone), TimeSpan.Zero);
        while (cron.GetNextValidTimeAfter(wall) is { } next)
        {
            var departure = WallClock.MomentOf(next.DateTime, zone);
            if (departure > moment)
            {
                return departure;
            }

            wall = next; // It was shown before, in the hour that comes twice.
        }

        return null;
    }

    /// <summary>The same timetable as Quartz wants it.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static CronExpression Parse(string cron, TimeZoneInfo zone) => CronExpression.Parse(cron).WithTimeZone(zone);

    /// <summary>A zone's id is a path below the zone database: only what such names are made of gets that far.</summary>
    public static bool TryFindZone(string id, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = null;
        return id.Length is > 0 and <= MaxZoneLength
            && char.IsAsciiLetter(id[0])
            && id.All(character => char.IsAsciiLetterOrDigit(character) || character is '/' or '_' or '-' or '+')
            && TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone);
    }
}
