using System.Globalization;

namespace Orchestrator.Cli.Rendering;

/// <summary>Numbers and times as people read them, the same in every zone and language.</summary>
internal static class Format
{
    public static string Time(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z");

    public static string When(DateTimeOffset time, DateTimeOffset now) => $"{Time(time)} ({Relative(time - now)})";

    public static string When(DateTimeOffset? time, DateTimeOffset now) => time is { } at ? When(at, now) : "";

    public static string Clock(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime:HH:mm:ss}Z");

    /// <summary>For what has happened: clocks of two machines differ a little, and nothing was heard in the future.</summary>
    public static string Ago(DateTimeOffset time, DateTimeOffset now) =>
        (time == default, time < now) switch
        {
            (true, _) => "never",
            (_, true) => Relative(time - now),
            _ => "now",
        };

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string OutOf(long part, long whole) => string.Create(CultureInfo.InvariantCulture, $"{part}/{whole}");

    public static string Percent(decimal value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.#} %");

    public static string Rate(long errors, long requests) =>
        requests == 0
            ? "no requests"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{100.0 * errors / requests:0.00} % ({errors} of {requests})"
            );

    /// <summary>Evidence grows without bound, so large values keep only their size.</summary>
    public static string Evidence(double value) =>
        value < 1e6
            ? value.ToString("0.##", CultureInfo.InvariantCulture)
            : value.ToString("0.#e+0", CultureInfo.InvariantCulture);

    /// <summary>The reason after a state, when there is one.</summary>
    public static string Because(string reason) => reason.Length > 0 ? $": {reason}" : "";

    public static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    public static string Duration(TimeSpan span) =>
        span switch
        {
            { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0}s"),
            { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalMinutes)}m"),
            { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalHours)}h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalDays)}d"),
        };

    /// <summary>As a person would type it into a shell.</summary>
    public static string Argument(string text) =>
        text.Length > 0
        && text.All(character => char.IsAsciiLetterOrDigit(character) || "-_./=:@,+".Contains(character))
            ? text
            : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string Relative(TimeSpan distance) =>
        distance >= TimeSpan.Zero ? $"in {Duration(distance)}" : $"{Duration(-distance)} ago";
}
