using System.Globalization;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>How many times something may be given away.</summary>
internal static class Ratios
{
    private const int One = 100;
    private const int MaxHundredths = 10 * One;
    private const int MaxLength = 12;
    private const int Places = 2;

    /// <summary>100 to 1000; without rounding.</summary>
    public static int? Hundredths(string text, Complain complain)
    {
        var hundredths = Read(text);
        if (hundredths is >= One and <= MaxHundredths)
        {
            return (int)hundredths;
        }

        complain(
            new Complaint(
                hundredths is null ? ManifestErrorCodes.InvalidRatio : ManifestErrorCodes.OutOfRange,
                $"{Shown.Quoted(text)} is not a ratio{(hundredths is null ? "" : " from 1 to 10")}.",
                "Write a number with up to two places, such as 1, 1.5 or 1.25, at least 1 and at most 10."
            )
        );
        return null;
    }

    private static decimal? Read(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var places = point < 0 ? 0 : text.Length - point - 1;
        var isWritten =
            text.Length is > 0 and <= MaxLength
            && char.IsAsciiDigit(text[0])
            && char.IsAsciiDigit(text[^1])
            && places <= Places;
        return
            isWritten
            && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number * One
            : null;
    }
}
