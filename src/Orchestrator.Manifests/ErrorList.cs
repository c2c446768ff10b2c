using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests;

/// <summary>Keeps the first errors by file and place, however many come and in whatever order, and counts the rest.</summary>
internal sealed class ErrorList
{
    /// <summary>Sorting once per so many additions keeps adding cheap.</summary>
    private const int Slack = ManifestLimits.MaxErrors * 4;

    private readonly List<(Position Position, ManifestError Error)> _kept = [];

    /// <summary>Of the last one that is kept, once there are as many as are shown.</summary>
    private Position? _last;

    public int Count { get; private set; }

    /// <param name="tell">Called only if the error may be among the first: fifty thousand are counted, not described.</param>
    public void Add(int fileIndex, Place place, Func<ManifestError> tell)
    {
        Count++;
        var position = new Position(fileIndex, place);
        if (_last is { } last && position.CompareTo(last) >= 0)
        {
            return;
        }

        _kept.Add((position, tell()));
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
        var first = _kept.OrderBy(kept => kept.Position).Take(ManifestLimits.MaxErrors).ToList();
        _kept.Clear();
        _kept.AddRange(first);
        _last = _kept.Count == ManifestLimits.MaxErrors ? _kept[^1].Position : null;
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

    private readonly record struct Position(int FileIndex, Place Place) : IComparable<Position>
    {
        public int CompareTo(Position other) =>
            (FileIndex, Place.Line, Place.Column).CompareTo((other.FileIndex, other.Place.Line, other.Place.Column));
    }
}
