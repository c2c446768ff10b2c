using System.Text;

namespace Orchestrator.Manifests.Yaml;

/// <summary>Control characters other than tab and line breaks, and halves of surrogate pairs.</summary>
internal static class InvalidCharacters
{
    /// <summary>Where the first one is.</summary>
    public static Place? Find(string text)
    {
        var (line, lineStart, index) = (1, 0, 0);
        while (index < text.Length)
        {
            if (!Rune.TryGetRuneAt(text, index, out var rune) || IsRefused(rune))
            {
                return new Place(line, index - lineStart + 1);
            }

            index += rune.Utf16SequenceLength;
            if (rune.Value == '\n')
            {
                (line, lineStart) = (line + 1, index);
            }
        }

        return null;
    }

    private static bool IsRefused(Rune rune) => rune.Value < ' ' && rune.Value is not ('\t' or '\r' or '\n');
}
