using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Orchestrator.Core;

namespace Orchestrator.Benchmarks;

/// <summary>Nomad's C1M: a thousand jobs of a thousand instances on five thousand hosts, decided and committed.</summary>
internal static class MillionContainers
{
    private const int Hosts = 5_000;
    private const int Jobs = 1_000;
    private const int PerJob = 1_000;
    private const int Classes = 5;
    private const int Tranche = 100_000;
    private const string Workload =
        "1,000 services × 1,000 instances of 20 millicores, 15 MiB, 10 MiB of disk, each on one of five classes of 5,000 "
        + "hosts: trains depart, rollouts plan, instances are placed and journalled, and committed to SQLite; two cores";

    private static readonly Resources Capacity = new(CpuMillicores: 8_000, MemoryMebibytes: 16_384)
    {
        DiskMebibytes = 65_536,
    };

    public static IEnumerable<Figure> Measure() => MeasureAsync().GetAwaiter().GetResult();

    private static async Task<ImmutableArray<Figure>> MeasureAsync()
    {
        var runs = new List<(double Rate, double Ratio)>();
        for (var run = 0; run < 3; run++)
        {
            runs.Add(await RunAsync());
        }

        var rates = runs.Select(run => run.Rate).Order().ToList();
        var ratios = runs.Select(run => run.Ratio).Order().ToList();
        return
        [
            AFigure("placements_per_second", Math.Round(rates[1]), "1/s", rates),
            AFigure("last_over_first_100k", Math.Round(ratios[1], 3), "ratio", ratios),
        ];
    }

    private static async Task<(double Rate, double Ratio)> RunAsync()
    {
        await using var cell = await ConductedCell.OpenAsync();
        var hosts = Enumerable
            .Range(0, Hosts)
            .Select(number => HostId.Parse(string.Create(CultureInfo.InvariantCulture, $"h{number:D4}")))
            .ToList();
        await cell.ReportAsync(
            hosts,
            Capacity,
            host => ClassOf(int.Parse(host.Value[1..], CultureInfo.InvariantCulture))
        );
        var demand = new Resources(CpuMillicores: 20, MemoryMebibytes: 15) { DiskMebibytes = 10 };
        await cell.PublishAsync(
            Enumerable.Range(0, Jobs).Select(number => ConductedCell.Job(number, demand, ClassOf(number))),
            PerJob
        );

        var progress = new List<(TimeSpan At, int Placed)> { (TimeSpan.Zero, 0) };
        var start = Stopwatch.GetTimestamp();
        cell.Pass(TimeSpan.FromHours(1));
        await cell.UntilAsync(view =>
        {
            progress.Add((Stopwatch.GetElapsedTime(start), view.Cell.Instances.Count));
            return view.Cell.Instances.Count == Jobs * PerJob;
        });
        return (Jobs * PerJob / progress[^1].At.TotalSeconds, Last(progress) / First(progress));
    }

    private static string ClassOf(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"class_{1 + (number % Classes)}");

    private static double First(List<(TimeSpan At, int Placed)> progress)
    {
        var from = progress.FindIndex(each => each.Placed > 0) - 1;
        var to = progress.FindIndex(each => each.Placed >= Tranche);
        return Rate(progress[from], progress[to]);
    }

    private static double Last(List<(TimeSpan At, int Placed)> progress) =>
        Rate(progress[progress.FindIndex(each => each.Placed >= (Jobs * PerJob) - Tranche)], progress[^1]);

    private static double Rate((TimeSpan At, int Placed) from, (TimeSpan At, int Placed) to) =>
        (to.Placed - from.Placed) / (to.At - from.At).TotalSeconds;

    private static Figure AFigure(string metric, double value, string unit, List<double> runs) =>
        new(
            "c1m",
            metric,
            value,
            unit,
            Workload,
            string.Create(
                CultureInfo.InvariantCulture,
                $"(median of {runs.Count} runs, {runs[0]:#,0.##} to {runs[^1]:#,0.##})"
            )
        );
}
