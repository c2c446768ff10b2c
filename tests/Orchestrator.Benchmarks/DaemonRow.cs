using System.Diagnostics;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Benchmarks;

/// <summary>
/// The row about daemons, through the conductor into SQLite: which host a daemon goes to is no choice, so Core alone would
/// say nothing. From the departure of both daemons' trains until every instance is committed.
/// </summary>
internal static class DaemonRow
{
    private const int Hosts = 15_000;
    private const int Daemons = 2;
    private const int Runs = 3;
    private const int Floor = 1_100;

    private static readonly string Workload = string.Create(
        CultureInfo.InvariantCulture,
        $"Daemonset: {Hosts:#,0} hosts, {Daemons * Hosts:#,0} measured, of {Daemons} daemons; conductor and SQLite; two cores"
    );

    public static IEnumerable<Figure> Measure() => MeasureAsync().GetAwaiter().GetResult();

    private static async Task<IEnumerable<Figure>> MeasureAsync()
    {
        var rates = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            rates.Add(Daemons * Hosts / await PlaceAsync());
        }

        rates.Sort();
        var spread = string.Create(
            CultureInfo.InvariantCulture,
            $"(median of {Runs} runs, {rates[0]:#,0} to {rates[^1]:#,0})"
        );
        var rate = new Figure(PerfTable.Name, "pods_per_second", Math.Round(rates[Runs / 2]), "1/s", Workload, spread);
        return PerfTable.WithFloor(rate, Floor);
    }

    private static async Task<double> PlaceAsync()
    {
        await using var cell = await ConductedCell.OpenAsync();
        await cell.ReportAsync(
            Enumerable
                .Range(0, Hosts)
                .Select(number => HostId.Parse(string.Create(CultureInfo.InvariantCulture, $"h{number:D5}"))),
            PerfTable.Shape(4_000, 32_768, 110),
            _ => "all"
        );
        var demand = PerfTable.Shape(100, 500, 1);
        await cell.PublishAsync(
            Enumerable.Range(0, Daemons).Select(number => Daemon(ConductedCell.Job(number, demand, "all"))),
            count: 1
        );

        var start = Stopwatch.GetTimestamp();
        cell.Pass(TimeSpan.FromHours(1));
        await cell.UntilAsync(view => view.Cell.Instances.Count == Daemons * Hosts);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static Service Daemon(Service service) =>
        service with
        {
            Template = service.Template with { Kind = new ServiceKind.Daemon() },
        };
}
