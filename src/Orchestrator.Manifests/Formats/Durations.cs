using System.Globalization;
using System.Text;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>Such as <c>1h30m</c>: whole hours, minutes, seconds and milliseconds, the larger first.</summary>
internal static class Durations
{
    /// <summary>More than any field takes, and less than a time span does.</summary>
    private const long Most = 1_000_000_000_000;

    /// <summary>Nine digits of hours in milliseconds still fit a whole number.</summary>
    private const int MaxDigits = 9;

    private static readonly (string Unit, long Milliseconds)[] Units =
    [
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];

    public static ReadValue<TimeSpan> Between(TimeSpan least, TimeSpan most) =>
        (text, complain) =>
        {
            if (Parse(text) is not { } duration)
            {
                complain(Malformed(text));
                return null;
            }

            if (duration < least || duration > most)
            {
                complain(
                    new Complaint(
                        ManifestErrorCodes.OutOfRange,
                        $"{Shown.Quoted(text)} is not from {Write(least)} to {Write(most)}.",
                        $"Write a duration from {Write(least)} to {Write(most)}."
                    )
                );
                return null;
            }

            return duration;
        };

    public static string Write(TimeSpan duration)
    {
        var text = new StringBuilder();
        var rest = (long)duration.TotalMilliseconds;
        foreach (var (unit, milliseconds) in Units)
        {
            var count = rest / milliseconds;
            rest %= milliseconds;
            text.Append(count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count}{unit}"));
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static TimeSpan? Parse(string text)
    {
        var (total, nextUnit, index) = (0L, 0, 0);
        while (index < text.Length)
        {
            var digits = text.AsSpan(index).IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > MaxDigits)
            {
                return null;
            }

            var number = int.Parse(text.AsSpan(index, digits), NumberStyles.None, CultureInfo.InvariantCulture);
            index += digits;
            var letters = text.AsSpan(index).IndexOfAnyInRange('0', '9');
            var unit = letters < 0 ? text[index..] : text[index..(index + letters)];
            index += unit.Length;
            var found = Array.FindIndex(Units, known => string.Equals(known.Unit, unit, StringComparison.Ordinal));
            if (found < nextUnit)
            {
                return null; // No such unit, or one that came before.
            }

            nextUnit = found + 1;
            total += number * Units[found].Milliseconds;
        }

        return nextUnit == 0 ? null : TimeSpan.FromMilliseconds(Math.Min(total, Most));
    }

    private static Complaint Malformed(string text) =>
        new(
            ManifestErrorCodes.InvalidDuration,
            $"{Shown.Quoted(text)} is not a duration.",
            text.Length > 0 && text.All(char.IsAsciiDigit)
                ? $"Write the unit: '{Shown.Cut(text, MaxDigits)}s' for seconds, or m, h, ms."
                : "Write whole hours, minutes, seconds or milliseconds, the larger first: 10s, 5m, 1h30m, 500ms."
        );
}
