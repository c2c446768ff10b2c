using System.Globalization;
using System.Text;

namespace Orchestrator.Manifests.Yaml;

/// <summary>Somebody's text inside a message of ours: short, on one line, and unable to steer a terminal.</summary>
internal static class Shown
{
    private const int MaxShown = 60;

    public static string Quoted(string text) => $"'{Cut(text, MaxShown)}'";

    public static string Cut(string text, int length)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= length)
            {
                return shown.Append('…').ToString();
            }

            shown.Append(IsHarmless(rune) ? rune.ToString() : "\uFFFD");
        }

        return shown.ToString();
    }

    private static bool IsHarmless(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );
}
