using Orchestrator.Cli.Notes;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Release notes, car by car.</summary>
internal static class NotesSheets
{
    private const int ShownDigits = 10;

    public static Sheet Of(LoggedNotes notes)
    {
        var isTrain = notes.Of.Contains('/', StringComparison.Ordinal);
        var next = new Block.Next(isTrain ? $"orc train status {notes.Of}" : $"orc history {notes.Of}");
        return notes.Cars.Count == 0
            ? Sheet.Of(new Block.Line($"{notes.Of} carries nothing yet."), next)
            : Sheet.Of([.. notes.Cars.SelectMany(car => Car(car, notes)), next]);
    }

    private static IEnumerable<Block> Car(CarNotesView car, LoggedNotes notes) =>
        [
            Head(car, notes.Stage),
            .. car.Commits is { CompareUrl.Length: > 0 } linked
                ? [new Block.Link(linked.CompareUrl)]
                : Array.Empty<Block>(),
            .. car.Versions.Count > 0 ? [Versions(car)] : Array.Empty<Block>(),
            .. car.MoreVersions > 0
                ? [new Block.Line($"and {Format.Count(car.MoreVersions, "older version")}")]
                : Array.Empty<Block>(),
            .. notes.Log.Where(each => each.Service == car.Service).SelectMany(Log),
        ];

    private static Block.Facts Head(CarNotesView car, string stage)
    {
        var from = car.FromVersion.Length > 0 ? $"{car.FromVersion} → " : "";
        var where = stage.Length > 0 ? $" at {stage}" : "";
        var way = car.IsWayBack ? ", back" : "";
        return new Block.Facts([
            ("Notes", $"{car.Service} {from}{car.ToVersion}{where}{way}"),
            (
                car.IsWayBack ? "Takes back" : "Commits",
                car.Commits is { } range ? $"{Text(range)} of {range.Repository}" : ""
            ),
            .. car.Remarks.Select(remark => ("Note", remark)),
        ]);
    }

    private static Block.Grid Versions(CarNotesView car) =>
        new(
            car.IsWayBack ? "Taken away" : "",
            ["VERSION", "PUBLISHED", "BY", "COMMITS", "NOTE"],
            [
                .. car.Versions.Select(version =>
                    (string[])
                        [
                            version.Version,
                            Format.Time(version.PublishedAt),
                            version.PublishedBy,
                            version.Commits is { } commits ? Text(commits) : "not known",
                            NoteOf(version),
                        ]
                ),
            ],
            ""
        );

    private static IEnumerable<Block> Log(CommitLog log)
    {
        yield return new Block.Grid(
            "",
            ["COMMIT", "AUTHOR", "SUBJECT"],
            [.. log.Commits.Select(each => (string[])[Short(each.Commit), each.Author, each.Subject])],
            "No commits lie between."
        );
        if (log.More)
        {
            yield return new Block.Line($"and more than {Format.Number(log.Commits.Count)} in all");
        }
    }

    private static string NoteOf(VersionNotesView version) =>
        string.Join(
            "; ",
            (
                (string[])
                    [
                        version.IsConfigurationOnly ? "configuration only" : "",
                        .. version.Changes,
                        version.Yanked.Length > 0 ? $"yanked {version.Yanked}" : "",
                    ]
            ).Where(text => text.Length > 0)
        );

    private static string Text(CommitRangeView range) =>
        range.From.Length > 0 ? $"{Short(range.From)}..{Short(range.To)}" : Short(range.To);

    private static string Short(string commit) => commit.Length > ShownDigits ? commit[..ShownDigits] : commit;
}
