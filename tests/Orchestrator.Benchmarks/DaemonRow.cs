using System.Diagnostics;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Benchmarks;

/// <summary>
/// The row about daemons: in Core, where a host is not chosen but asked whether it has room, and all the way through the
/// conductor into SQLite, from the departure of both daemons' trains until every instance is committed.
/// </summary>
internal static class DaemonRow
{
    private const int Hosts = 15_000;
    private const int Daemons = 2;
    private const int Times = 3;
    private const int Floor = 1_100;

    private static readonly string Workload = string.Create(
        CultureInfo.InvariantCulture,
        $"Daemonset: {Hosts:#,0} hosts, {Daemons * Hosts:#,0} measured, of {Daemons} daemons"
    );

    public static IEnumerable<Figure> Measure() =>
        PerfTable
            .WithFloor(Runs.Rate(PerfTable.Name, "pods_per_second", Workload + ", one core", DecideInCore), Floor)
            .Append(ConductAsync().GetAwaiter().GetResult());

    private static (int Done, TimeSpan Elapsed) DecideInCore()
    {
        var fleet = Fleets.Of(Hosts, PerfTable.Node, racks: 1);
        var hosts = HostIds();
        var specs = Enumerable.Range(0, Daemons).Select(number => PerfTable.SpecOf(PerfTable.Plain, number)).ToList();
        return (
            Daemons * Hosts,
            Runs.Time(() =>
            {
                foreach (var (spec, host) in specs.SelectMany(spec => hosts.Select(host => (spec, host))))
                {
                    if (!fleet.HasRoom(spec, host))
                    {
                        throw new InvalidOperationException("The workload does not fit its fleet.");
                    }

                    fleet.Take(host, spec.Request.Demand);
                    fleet.Count(host, spec.Group, more: 1);
                }
            })
        );
    }

    private static List<HostId> HostIds() =>
        [
            .. Enumerable
                .Range(0, Hosts)
                .Select(number => HostId.Parse("h" + number.ToString("D6", CultureInfo.InvariantCulture))),
        ];

    private static async Task<Figure> ConductAsync()
    {
        var rates = new List<double>();
        for (var run = 0; run < Times; run++)
        {
            rates.Add(Daemons * Hosts / await PlaceAsync());
        }

        rates.Sort();
        var spread = string.Create(
            CultureInfo.InvariantCulture,
            $"(median of {Times} runs, {rates[0]:#,0} to {rates[^1]:#,0})"
        );
        return new Figure(
            PerfTable.Name,
            "conducted_pods_per_second",
            Math.Round(rates[Times / 2]),
            "1/s",
            Workload + "; conductor and SQLite; two cores",
            spread
        );
    }

    private static async Task<double> PlaceAsync()
    {
        await using var cell = await ConductedCell.OpenAsync();
        await cell.ReportAsync(HostIds(), PerfTable.Node, _ => "all");
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
