using System.Globalization;

namespace Orchestrator.Manifests.Yaml;

/// <summary>What a plain scalar means in YAML 1.2's core schema.</summary>
internal static class PlainScalar
{
    /// <summary>Up to here a number is exact in a double and fits a decimal, which the schema library compares in.</summary>
    private const long MaxMagnitude = 9_007_199_254_740_992;

    public static bool IsNull(string text) => text is "" or "~" or "null" or "Null" or "NULL";

    public static bool? Flag(string text) =>
        text switch
        {
            "true" or "True" or "TRUE" => true,
            "false" or "False" or "FALSE" => false,
            _ => null,
        };

    /// <summary>Null if it is no whole number, or one too large for any field.</summary>
    public static long? Whole(string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            return Radix(text[2..], 16);
        }

        if (text.StartsWith("0o", StringComparison.Ordinal))
        {
            return Radix(text[2..], 8);
        }

        return
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number is >= -MaxMagnitude and <= MaxMagnitude
            ? number
            : null;
    }

    /// <summary>Null if it is no number, or one too large for any field; infinity and not-a-number are no numbers.</summary>
    public static double? Number(string text) =>
        text.Length > 0
        && (char.IsAsciiDigit(text[^1]) || text[^1] == '.')
        && double.TryParse(
            text,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out var number
        )
        && Math.Abs(number) <= MaxMagnitude
            ? number
            : null;

    private static long? Radix(string digits, int radix)
    {
        const int MaxDigits = 13; // Up to 52 bits.
        return digits.Length is > 0 and <= MaxDigits && digits.All(digit => IsDigit(digit, radix))
            ? Convert.ToInt64(digits, radix)
            : null;
    }

    private static bool IsDigit(char character, int radix) =>
        radix == 8 ? character is >= '0' and <= '7' : char.IsAsciiHexDigit(character);
}
