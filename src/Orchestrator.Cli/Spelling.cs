namespace Orchestrator.Cli;

/// <summary>Finds what a mistyped word may have been.</summary>
internal static class Spelling
{
    /// <summary>No name is longer, and the work grows with the length.</summary>
    private const int MaxLength = 64;

    private const int LettersPerMistake = 3;

    /// <summary>At most one letter in three is wrong, missing or too much.</summary>
    public static bool IsNear(string word, string typed)
    {
        var allowed = Math.Max(1, word.Length / LettersPerMistake);
        return typed.Length <= MaxLength && Distance(word, typed) <= allowed;
    }

    /// <summary>Levenshtein's, row by row.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j - 1], diagonal) + 1);
            }
        }

        return row[^1];
    }
}
