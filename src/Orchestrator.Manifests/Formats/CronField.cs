using System.Globalization;

namespace Orchestrator.Manifests.Formats;

/// <summary>One field of a timetable: which numbers and names it takes. Lists, ranges and steps are the same in all.</summary>
internal sealed record CronField(string Name, int Least, int Most, string[] Names)
{
    /// <summary>No month has a sixth of any weekday.</summary>
    private const int MaxNth = 5;

    /// <summary>The first of a month is 30 days before its last at most.</summary>
    private const int MaxBeforeLast = 30;

    private static readonly string[] None = [];

    public static readonly CronField Second = new("second", 0, 59, None);

    public static readonly CronField Minute = new("minute", 0, 59, None);

    public static readonly CronField Hour = new("hour", 0, 23, None);

    public static readonly CronField DayOfMonth = new("day of month", 1, 31, None);

    public static readonly CronField Month = new(
        "month",
        1,
        12,
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    );

    /// <summary>1 is Sunday.</summary>
    public static readonly CronField DayOfWeek = new(
        "day of week",
        1,
        7,
        ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    );

    public static readonly CronField Year = new("year", 1970, 2099, None);

    public static readonly CronField[] All = [Second, Minute, Hour, DayOfMonth, Month, DayOfWeek, Year];

    public bool Accepts(string text)
    {
        var parts = text.ToUpperInvariant().Split(',');
        return parts.All(part => IsCommon(part) || (parts.Length == 1 && IsAlone(part)) || IsDayOfMonth(part));
    }

    private bool IsCommon(string part)
    {
        var slash = part.IndexOf('/', StringComparison.Ordinal);
        var range = slash < 0 ? part : part[..slash];
        return (slash < 0 || Number(part[(slash + 1)..]) is { } step && step >= 1 && step <= Math.Max(Most - Least, 1))
            && (range is "*" || IsRange(range));
    }

    private bool IsRange(string range)
    {
        var texts = range.Split('-');
        var ends = texts.Select(Value).ToList();
        return ends.Count <= 2
            && ends.TrueForAll(end => end is not null)
            && texts.DistinctBy(text => char.IsAsciiDigit(text[0])).Count() == 1 // Quartz reads JUN-7 as nothing.
            && (this != Year || ends.Count == 1 || ends[0] < ends[1]); // Only years do not begin again.
    }

    /// <summary>What can be no part of a list.</summary>
    private bool IsAlone(string part)
    {
        if (part is "?")
        {
            return this == DayOfMonth || this == DayOfWeek;
        }

        if (this != DayOfWeek)
        {
            return false;
        }

        var hash = part.IndexOf('#', StringComparison.Ordinal);
        return hash < 0
            ? part is "L" || (part.EndsWith('L') && Value(part[..^1]) is not null)
            : Value(part[..hash]) is not null && Number(part[(hash + 1)..]) is >= 1 and <= MaxNth;
    }

    /// <summary>L the last day, L-3 three days before it, W the weekday nearest to it.</summary>
    private bool IsDayOfMonth(string part)
    {
        if (this != DayOfMonth)
        {
            return false;
        }

        var day = part.EndsWith('W') ? part[..^1] : part;
        return day is "L"
            || (day.StartsWith("L-", StringComparison.Ordinal) && Number(day[2..]) is >= 0 and <= MaxBeforeLast)
            || (part.EndsWith('W') && Value(day) is not null);
    }

    private int? Value(string text)
    {
        var name = Array.IndexOf(Names, text);
        if (name >= 0)
        {
            return Least + name;
        }

        return Number(text) is { } number && number >= Least && number <= Most ? number : null;
    }

    private static int? Number(string text)
    {
        const int MaxDigits = 4; // Of a year.
        return
            text.Length is > 0 and <= MaxDigits
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
