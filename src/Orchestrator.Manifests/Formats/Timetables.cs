using System.Globalization;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>When trains depart: Quartz's cron and an IANA zone. What passes here Quartz takes, which a test checks.</summary>
internal static class Timetables
{
    private const int MaxLength = 120;

    private const int LeastFields = 6;

    /// <summary>A zone that every zone database has.</summary>
    private const string Witness = "Europe/London";

    public static string? Cron(string text, Complain complain)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (text.Length > MaxLength || fields.Length < LeastFields || fields.Length > CronField.All.Length)
        {
            complain(
                new Complaint(
                    ManifestErrorCodes.InvalidCron,
                    $"{Shown.Quoted(text)} has not 6 or 7 fields.",
                    fields.Length == LeastFields - 1
                        ? $"Seconds come first: try '0 {Shown.Cut(text, MaxLength)}', and mind that 1 is Sunday."
                        : "Write second, minute, hour, day of month, month, day of week and perhaps year: '0 30 9 ? * MON-FRI'."
                )
            );
            return null;
        }

        for (var index = 0; index < fields.Length; index++)
        {
            var field = CronField.All[index];
            if (!field.Accepts(fields[index]))
            {
                complain(
                    new Complaint(
                        ManifestErrorCodes.InvalidCron,
                        $"{Shown.Quoted(fields[index])} is not a {field.Name}.",
                        HintFor(field)
                    )
                );
                return null;
            }
        }

        return string.Join(' ', fields);
    }

    public static string? Zone(string text, Complain complain)
    {
        if (HasShape(text) && TimeZoneInfo.TryFindSystemTimeZoneById(text, out _))
        {
            return text;
        }

        complain(TimeZoneInfo.TryFindSystemTimeZoneById(Witness, out _) ? Unknown(text) : NoZones(text));
        return null;
    }

    private static Complaint Unknown(string text) =>
        new(
            ManifestErrorCodes.UnknownZone,
            $"{Shown.Quoted(text)} is not a time zone.",
            NearestZone(text) is { } nearest
                ? $"Did you mean '{nearest}'?"
                : "Write an IANA name such as Europe/Berlin or UTC."
        );

    private static Complaint NoZones(string text) =>
        new(
            ManifestErrorCodes.ZoneDataMissing,
            $"{Shown.Quoted(text)} cannot be checked: the control plane's machine has no time zone data.",
            "Install the package 'tzdata' there."
        );

    /// <summary>The name becomes a path below the zone database, so it must not lead out of it.</summary>
    private static bool HasShape(string text) =>
        text.Length is > 0 and <= MaxLength
        && char.IsAsciiLetterUpper(text[0])
        && text.Split('/').All(part => part.Length > 0 && part.All(IsZoneCharacter));

    private static bool IsZoneCharacter(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '+';

    private static string? NearestZone(string text) =>
        EditDistance.Nearest(text, TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id));

    private static string HintFor(CronField field)
    {
        var numbers = string.Create(
            CultureInfo.InvariantCulture,
            $"A {field.Name} is from {field.Least} to {field.Most}"
        );
        return field switch
        {
            _ when field == CronField.DayOfWeek =>
                $"{numbers}, 1 is Sunday, or SUN to SAT; also *, ?, lists, ranges, steps, L, 6L and 6#3.",
            _ when field == CronField.DayOfMonth => $"{numbers}; also *, ?, lists, ranges, steps, L, L-3, LW and 15W.",
            _ when field == CronField.Month => $"{numbers}, or JAN to DEC; also *, lists, ranges and steps.",
            _ => $"{numbers}; also * for all, lists (1,15), ranges (1-5) and steps (0/10).",
        };
    }
}
