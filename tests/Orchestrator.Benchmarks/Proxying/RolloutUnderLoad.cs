using System.Diagnostics;
using System.Globalization;
using Orchestrator.Benchmarks.Deploying;

namespace Orchestrator.Benchmarks.Proxying;

/// <summary>
/// What callers notice of a rollout: a good version goes through its canary and is promoted, a bad one is rolled back by
/// the judge, and the good one is rolled back by order, while callers go on asking.
/// </summary>
internal static class RolloutUnderLoad
{
    public const string Name = "rollout-under-load";

    private const int RequestsPerSecond = 2_000;
    private const int BadPercent = 50;
    private const string First = "1.0.0";
    private const string Good = "1.1.0";
    private const string Bad = "1.2.0";

    private static readonly TimeSpan AtLeast = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SettleWithin = TimeSpan.FromSeconds(30);

    public static IEnumerable<Figure> Measure() =>
        [.. PushToRollback.MeasureAsync().GetAwaiter().GetResult(), .. MeasureAsync().GetAwaiter().GetResult()];

    private static async Task<List<Figure>> MeasureAsync()
    {
        await using var site = BenchSite.OpenPlain();
        await using var fleet = await LoadedFleet.StartAsync(site);
        await fleet.PublishAsync(First, errorPercent: 0);
        await fleet.UntilAloneAsync(First);

        var report = Path.Combine(site.Directory, "load.json");
        var started = Stopwatch.GetTimestamp();
        var load = site.Start(
            "load",
            Programs.Sample,
            "load",
            "--url",
            fleet.Url,
            "--rps",
            RequestsPerSecond.ToString(CultureInfo.InvariantCulture),
            "--report",
            report
        );
        await BenchSite.UntilAsync(
            "requests are sent",
            started,
            SettleWithin,
            () => Task.FromResult(File.Exists(report))
        );

        await fleet.PublishAsync(Good, errorPercent: 0);
        await fleet.UntilAloneAsync(Good);
        await fleet.PublishAsync(Bad, BadPercent);
        await fleet.UntilSharedAsync(Bad);
        await fleet.UntilAloneAsync(Good);
        await fleet.RollBackAsync(First);
        await fleet.UntilAloneAsync(First);

        var left = AtLeast - Stopwatch.GetElapsedTime(started);
        await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        var elapsed = Stopwatch.GetElapsedTime(started);
        await site.StopAsync(load);
        return [.. FiguresOf(LoadCounters.Read(Path.ChangeExtension(report, ".counters")), elapsed)];
    }

    private static IEnumerable<Figure> FiguresOf(LoadCounters counters, TimeSpan elapsed)
    {
        var byBad = counters.OfVersion(Bad, "failed");
        yield return One("failed_requests", counters["failed"] - byBad, "");
        yield return One("failed_by_bad_version", byBad, "");
        yield return One("dropped_requests", counters["dropped"], "");
        yield return One("requests", counters["sent"], "");
        yield return One("canary_requests", counters.OfVersion(Good, "ok"), "");
        yield return One("bad_version_ms", counters["last_failed_at"] - counters["first_failed_at"], "ms");
        yield return One("p99_ms", counters["p99_ms"], "ms");

        Figure One(string metric, double value, string unit) =>
            new(
                Name,
                metric,
                value,
                unit,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{RequestsPerSecond:#,0} requests a second for {elapsed.TotalSeconds:0} s through two canaries of 10 and 50 %, a promotion, a rollback by the judge and one by order"
                ),
                ""
            );
    }
}

/// <summary>What the load generator counted, by name.</summary>
internal sealed class LoadCounters
{
    private readonly Dictionary<string, string> _values;

    private LoadCounters(Dictionary<string, string> values) => _values = values;

    /// <summary>0 for what it has not counted.</summary>
    public double this[string name] =>
        double.TryParse(_values.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var value) ? value : 0;

    public static LoadCounters Read(string path) =>
        new(
            File.ReadLines(path)
                .Select(line => line.Split('=', 2))
                .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal)
        );

    public double OfVersion(string version, string outcome) => this[$"target.1.version.{version}.{outcome}"];
}
