using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Orchestrator.Cli.Rendering;

/// <summary>Makes remote text harmless to a terminal: a log line must not move the cursor, retitle the window or hide what follows.</summary>
internal static partial class PlainText
{
    /// <summary>For a cell or a message: one line.</summary>
    public static string OneLine(string text) => Clean(text, keepsLines: false);

    /// <summary>For logs: lines and tabs stay.</summary>
    public static string Lines(string text) => Clean(text, keepsLines: true);

    /// <summary>The same JSON, with characters that speak to terminals written as escapes.</summary>
    public static string Json(string json)
    {
        var safe = new StringBuilder(json.Length);
        foreach (var rune in json.EnumerateRunes())
        {
            var text = rune.ToString();
            if (rune.Value == '\n' || IsHarmless(rune))
            {
                safe.Append(text);
                continue;
            }

            foreach (var unit in text)
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            }
        }

        return safe.ToString();
    }

    private static string Clean(string text, bool keepsLines)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var withoutSequences = EscapeSequence().Replace(text, "");
        var clean = new StringBuilder(withoutSequences.Length);
        foreach (var rune in withoutSequences.EnumerateRunes())
        {
            if (rune.Value is '\n' or '\t')
            {
                clean.Append(keepsLines ? (char)rune.Value : ' ');
            }
            else if (IsHarmless(rune))
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }

    // Format characters include the ones that turn the direction of text around.
    private static bool IsHarmless(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );

    /// <summary>Whole sequences go, not only their first character: CSI, then OSC and its kin up to their end, then two-character ones.</summary>
    [GeneratedRegex(
        @"(?:\x1B\[|\x9B)[0-?]*[ -/]*[@-~]|(?:\x1B[\]PX^_]|[\x90\x98\x9D\x9E\x9F])[^\x07\x1B\x9C\n]*(?:\x07|\x1B\\|\x9C)?|\x1B[ -/]*[0-~]",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex EscapeSequence();
}
