using System.Globalization;
using System.Text.Json;

namespace Orchestrator.EndToEnd.Support;

/// <summary>Users of a service at prod, until it is stopped.</summary>
internal sealed class Load(RunningProgram program, string report) : IAsyncDisposable
{
    /// <summary>A tenth of it is enough for a canary to be judged within some 15 s.</summary>
    private const int RequestsPerSecond = 50;

    public static Load Start(string directory, string name, string gateway) =>
        Start(directory, name, gateway, Boutique.Checkout);

    public static Load Start(string directory, string name, string gateway, string service)
    {
        var report = Path.Combine(directory, $"{name}.json");
        return new Load(
            RunningProgram.Start(
                name,
                Path.Combine(directory, $"{name}.log"),
                new Dictionary<string, string>(StringComparer.Ordinal),
                Programs.Sample,
                "load",
                "--url",
                $"{gateway}/prod/{service}/",
                "--rps",
                RequestsPerSecond.ToString(CultureInfo.InvariantCulture),
                "--report",
                report
            ),
            report
        );
    }

    /// <summary>What it sent and what of that failed; its requests under way are answered first.</summary>
    public async Task<LoadResult> StopAsync()
    {
        await program.StopAsync();
        var counters = File.ReadLines(Path.ChangeExtension(report, "counters"))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return new LoadResult(
            Number(counters, "sent"),
            Number(counters, "failed"),
            FailuresOf(await File.ReadAllTextAsync(report))
        );
    }

    private static string FailuresOf(string report)
    {
        using var document = JsonDocument.Parse(report);
        return string.Join(
            '\n',
            document
                .RootElement.GetProperty("targets")
                .EnumerateArray()
                .SelectMany(target => target.GetProperty("firstFailures").EnumerateArray())
                .Select(failure => failure.GetRawText())
                .Append(report)
        );
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();

    private static long Number(Dictionary<string, string> counters, string name) =>
        long.Parse(counters[name], CultureInfo.InvariantCulture);
}

/// <param name="Report">The first failures, a line each, then all that is known.</param>
internal sealed record LoadResult(long Sent, long Failed, string Report);
