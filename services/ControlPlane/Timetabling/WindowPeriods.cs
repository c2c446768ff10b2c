using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Timetabling;

/// <summary>When windows are, as their zones have it.</summary>
internal static class WindowPeriods
{
    /// <summary>How far ahead recurring periods are worked out.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromDays(90);

    /// <summary>Told again when that reaches further by this part of what is known then: else each telling would be news.</summary>
    private const int Part = 10;

    /// <summary>A window with more ahead is known for a shorter time.</summary>
    private const int MaxPeriods = 1_000;

    /// <summary>What is to be told: windows that were changed, and those of which noticeably more can be known by now.</summary>
    public static ImmutableArray<CellInput.WindowTimed> Due(Cell cell, DateTimeOffset now) =>
        [
            .. cell
                .Windows.Values.Where(window =>
                    window.HaltedBy is null
                    && window.KnownUntil < now + Horizon
                    && Departures.TryFindZone(window.Zone, out _)
                )
                .Select(window => Of(window, now))
                .Where(told => told.KnownUntil - told.Window.KnownUntil >= (told.KnownUntil - now) / Part),
        ];

    public static CellInput.WindowTimed Of(Window window, DateTimeOffset now)
    {
        if (!Departures.TryFindZone(window.Zone, out var zone))
        {
            return new CellInput.WindowTimed(window, [], DateTimeOffset.MinValue);
        }

        var until = window.Recurring.IsEmpty ? DateTimeOffset.MaxValue : now + Horizon;
        var periods = window
            .Dated.Select(each => new Period(WallClock.MomentOf(each.From, zone), WallClock.MomentOf(each.Until, zone)))
            .ToList();
        foreach (var recurring in window.Recurring)
        {
            var own = Occurrences(recurring, window.Zone, now, until).Take(MaxPeriods).ToList();
            periods.AddRange(own);
            until = own.Count == MaxPeriods && own[^1].From < until ? own[^1].From : until;
        }

        return new CellInput.WindowTimed(window, Joined(periods, now), until);
    }

    private static IEnumerable<Period> Occurrences(
        RecurringPeriod recurring,
        string zone,
        DateTimeOffset now,
        DateTimeOffset until
    )
    {
        var timetable = new Timetable(recurring.Cron, zone);
        var from = Departures.After(timetable, now - recurring.Lasts);
        while (from is { } start && start < until)
        {
            yield return new Period(start, start + recurring.Lasts);
            from = Departures.After(timetable, start);
        }
    }

    /// <summary>Ascending, and apart from each other.</summary>
    private static ImmutableArray<Period> Joined(IEnumerable<Period> periods, DateTimeOffset now)
    {
        var joined = new List<Period>();
        foreach (var period in periods.Where(each => each.Until > now).OrderBy(each => each.From))
        {
            if (joined.Count > 0 && period.From <= joined[^1].Until)
            {
                joined[^1] = joined[^1] with
                {
                    Until = period.Until > joined[^1].Until ? period.Until : joined[^1].Until,
                };
            }
            else
            {
                joined.Add(period);
            }
        }

        return [.. joined];
    }
}
