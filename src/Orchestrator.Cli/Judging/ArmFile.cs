using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Cli.Judging;

/// <summary>
/// A CSV file of one arm: a line for each interval, with the time at which it began, and a column for each number. A cell that is
/// empty or NaN is no data.
/// </summary>
internal sealed record ArmFile(
    string Path,
    string Sha256,
    IReadOnlyList<string> Columns,
    IReadOnlyDictionary<DateTimeOffset, double[]> Rows
)
{
    public const string TimeColumn = "time";

    /// <summary>More than a year of ten-second intervals is another kind of file.</summary>
    private const int MaxRows = 4_000_000;

    private const long MaxBytes = 1L << 30;

    public static async Task<ArmFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw Wrong(path, line: 1, "is larger than 1 GiB.", "Judge fewer hours.");
            }

            var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
            return Parse(path, Convert.ToHexStringLower(SHA256.HashData(bytes)), Encoding.UTF8.GetString(bytes));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"'{path}' cannot be read: {exception.Message}",
                "Name a CSV file of one arm; `orc judge --help` shows an example."
            );
        }
    }

    private static ArmFile Parse(string path, string sha256, string text)
    {
        var lines = text.TrimStart('\uFEFF').Split('\n');
        var columns = Cells(lines[0]);
        var time = columns.IndexOf(TimeColumn);
        CheckHeader(path, columns, time);
        var rows = new Dictionary<DateTimeOffset, double[]>();
        for (var index = 1; index < lines.Length; index++)
        {
            if (string.IsNullOrWhiteSpace(lines[index]))
            {
                continue;
            }

            var cells = Cells(lines[index]);
            if (cells.Count != columns.Count)
            {
                throw Wrong(
                    path,
                    index + 1,
                    $"has {cells.Count} cells, and the header {columns.Count}.",
                    "Leave a cell empty where there is no data; text with commas is not understood."
                );
            }

            var at = Time(path, index + 1, cells[time]);
            if (rows.Count == MaxRows || !rows.TryAdd(at, Numbers(path, index + 1, columns, cells, time)))
            {
                throw Wrong(
                    path,
                    index + 1,
                    rows.Count == MaxRows ? $"is more than {MaxRows} lines." : $"has the time {cells[time]} once more.",
                    "Write one line for each interval."
                );
            }
        }

        return rows.Count > 0
            ? new ArmFile(path, sha256, columns, rows)
            : throw Wrong(path, line: 2, "is missing: there is no data.", "Write one line for each interval.");
    }

    private static void CheckHeader(string path, List<string> columns, int time)
    {
        const string Example = "Begin with a header such as: time,requests,errors,cpu";
        if (time < 0)
        {
            throw Wrong(path, line: 1, $"has no column '{TimeColumn}'.", Example);
        }

        if (columns.Find(name => name.Length == 0 || columns.FindAll(other => other == name).Count > 1) is { } twice)
        {
            throw Wrong(
                path,
                line: 1,
                twice.Length == 0 ? "has a column without a name." : $"has the column '{twice}' twice.",
                Example
            );
        }
    }

    private static List<string> Cells(string line) =>
        [.. line.TrimEnd('\r').Split(',').Select(cell => cell.Trim().Trim('"'))];

    private static double[] Numbers(string path, int line, List<string> columns, List<string> cells, int time)
    {
        var numbers = new double[cells.Count];
        for (var index = 0; index < numbers.Length; index++)
        {
            if (index == time || cells[index].Length == 0)
            {
                numbers[index] = double.NaN;
            }
            else if (
                !double.TryParse(cells[index], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[index])
            )
            {
                throw Wrong(
                    path,
                    line,
                    $"has '{cells[index]}' in column '{columns[index]}', which is no number.",
                    "Write numbers as 12 or 0.5, and nothing where there is no data."
                );
            }
        }

        return numbers;
    }

    private static DateTimeOffset Time(string path, int line, string cell)
    {
        const double MaxUnixSeconds = 253_402_300_799;
        if (
            double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && seconds is >= 0 and <= MaxUnixSeconds
        )
        {
            return DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        }

        return DateTimeOffset.TryParse(
            cell,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : throw Wrong(
                path,
                line,
                $"has the time '{cell}', which is not understood.",
                "Write times as 2026-03-01T12:00:00Z, or as seconds since 1970."
            );
    }

    private static CommandFailedException Wrong(string path, int line, string what, string hint) =>
        new(ExitCode.Usage, string.Create(CultureInfo.InvariantCulture, $"{path}:{line} {what}"), hint);
}
