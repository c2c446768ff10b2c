namespace Orchestrator.ControlPlane.Timetabling;

/// <summary>The clock on the wall of a zone: it skips an hour when summer time begins, and shows one twice when that ends.</summary>
internal static class WallClock
{
    /// <summary>More than any zone is ahead of or behind UTC, and less than any two changes of a clock are apart.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromHours(26);

    public static DateTime At(DateTimeOffset moment, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(moment, zone).DateTime;

    /// <summary>
    /// The first moment at which the clock shows that time or a later one: of a time that comes twice the first, and of one
    /// that is skipped the first after the gap. To the second.
    /// </summary>
    public static DateTimeOffset MomentOf(DateTime wall, TimeZoneInfo zone)
    {
        var asUtc = new DateTimeOffset(DateTime.SpecifyKind(wall, DateTimeKind.Unspecified), TimeSpan.Zero);
        var (before, after) = (zone.GetUtcOffset(asUtc - Around), zone.GetUtcOffset(asUtc + Around));
        var (early, late) = (asUtc - before, asUtc - after);
        if (zone.GetUtcOffset(early) == before)
        {
            return early;
        }

        return zone.GetUtcOffset(late) == after ? late : Change(late, early, after, zone);
    }

    /// <summary>The first second at which the new offset holds.</summary>
    private static DateTimeOffset Change(DateTimeOffset old, DateTimeOffset @new, TimeSpan after, TimeZoneInfo zone)
    {
        while (@new - old > TimeSpan.FromSeconds(1))
        {
            var middle = old + TimeSpan.FromSeconds(Math.Floor((@new - old).TotalSeconds / 2));
            (old, @new) = zone.GetUtcOffset(middle) == after ? (old, middle) : (middle, @new);
        }

        return @new;
    }
}
