using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Manifests;

/// <summary>Keeps the first errors by file and place, however many come and in whatever order, and counts the rest.</summary>
internal sealed class ErrorList
{
    /// <summary>Sorting once per so many additions keeps adding cheap.</summary>
    private const int Slack = ManifestLimits.MaxErrors * 4;

    private readonly List<(int FileIndex, ManifestError Error)> _kept = [];

    public int Count { get; private set; }

    public void Add(int fileIndex, ManifestError error)
    {
        Count++;
        _kept.Add((fileIndex, error));
        if (_kept.Count >= Slack)
        {
            SortAndTrim();
        }
    }

    public ImmutableArray<ManifestError> ToErrors()
    {
        SortAndTrim();
        var errors = _kept.Select(kept => kept.Error);
        return Count <= ManifestLimits.MaxErrors ? [.. errors] : [.. errors, More(Count - ManifestLimits.MaxErrors)];
    }

    private void SortAndTrim()
    {
        // OrderBy is stable: errors at one place stay in the order they were found.
        var first = _kept
            .OrderBy(kept => kept.FileIndex)
            .ThenBy(kept => kept.Error.Line)
            .ThenBy(kept => kept.Error.Column)
            .Take(ManifestLimits.MaxErrors)
            .ToList();
        _kept.Clear();
        _kept.AddRange(first);
    }

    private static ManifestError More(int count) =>
        new()
        {
            File = "",
            Line = 0,
            Column = 0,
            Path = "",
            Code = ManifestErrorCodes.MoreErrors,
            Message = string.Create(CultureInfo.InvariantCulture, $"And {count} more."),
            Hint = "Correct the ones above first.",
        };
}
