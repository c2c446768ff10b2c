namespace Orchestrator.Manifests.Formats;

/// <summary>Levenshtein's distance, for "did you mean".</summary>
public static class EditDistance
{
    /// <summary>The longest thing that is known, a zone's name, has 32 characters; and the time is quadratic.</summary>
    private const int MaxLength = 64;

    /// <summary>The nearest of what is known, if it is near enough to be a slip.</summary>
    public static string? Nearest(string text, IEnumerable<string> known)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return null;
        }

        var tolerated = Math.Max(1, text.Length / 3);
        return known
            .Select(candidate => (candidate, Distance: Between(Folded(text), Folded(candidate))))
            .Where(pair => pair.Distance <= tolerated)
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate)
            .FirstOrDefault();
    }

    /// <summary>Insertions, deletions and replacements that make one of the other.</summary>
    public static int Between(string left, string right)
    {
        var above = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var row = 1; row <= left.Length; row++)
        {
            var diagonal = above[0];
            above[0] = row;
            for (var column = 1; column <= right.Length; column++)
            {
                var replaced = diagonal + (left[row - 1] == right[column - 1] ? 0 : 1);
                diagonal = above[column];
                above[column] = Math.Min(replaced, Math.Min(above[column], above[column - 1]) + 1);
            }
        }

        return above[^1];
    }

    /// <summary>Writing max_surge for maxSurge is one slip, not two.</summary>
    private static string Folded(string text) =>
        text.ToLowerInvariant().Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
}
