using System.Globalization;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.Benchmarks;

/// <summary>How long the hash chain of a million entries takes to verify.</summary>
internal static class JournalAudit
{
    private const int Entries = 1_000_000;
    private const int Batch = 10_000;
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Figure> Measure()
    {
        var directory = Directory.CreateTempSubdirectory("orc-bench-");
        try
        {
            yield return new Figure(
                "audit",
                "seconds",
                Math.Round(MeasureAsync(Path.Combine(directory.FullName, "cell.db")).GetAwaiter().GetResult(), 2),
                "s",
                "the hash chain of 1,000,000 journal entries in SQLite, read and verified",
                ""
            );
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<double> MeasureAsync(string path)
    {
        await using var database = await Database.OpenSqliteAsync(path, CancellationToken.None);
        var lease = (
            await Leases.AcquireAsync(database, "default", "bench", TimeSpan.FromHours(1), CancellationToken.None)
        )!;
        foreach (var some in Enumerable.Range(0, Entries).Chunk(Batch))
        {
            await using var unit = await database.BeginAsync(lease, CancellationToken.None);
            await Journal.AppendAsync(unit, [.. some.Select(Entry)], CancellationToken.None);
            await unit.CommitAsync(CancellationToken.None);
        }

        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var check = await Journal.VerifyAsync(database, "default", CancellationToken.None);
        var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(start);
        return check is JournalCheck.Intact(Entries)
            ? elapsed.TotalSeconds
            : throw new InvalidOperationException($"The journal is {check}.");
    }

    private static JournalEntry Entry(int number) =>
        new(
            Start.AddMilliseconds(number),
            "conductor",
            "rollout.baking",
            string.Create(CultureInfo.InvariantCulture, $"checkoutservice/{number}/prod"),
            "10 % of the traffic"
        );
}
