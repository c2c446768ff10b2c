using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Benchmarks;

/// <summary>A tenth of the hosts falls silent: from when they count as lost until every replacement is committed.</summary>
internal static class RackLoss
{
    private const int Hosts = 10_000;
    private const int Racks = 10;
    private const int Losses = 3;
    private const string Workload =
        "1,000 of 10,000 hosts, which hold 100,000 to 125,000 of a million instances, fall silent; three racks one after the "
        + "other; conductor and SQLite; two cores";

    public static IEnumerable<Figure> Measure() => MeasureAsync().GetAwaiter().GetResult();

    private static async Task<ImmutableArray<Figure>> MeasureAsync()
    {
        await using var cell = await ConductedCell.OpenAsync();
        var hosts = await cell.PlaceMillionAsync(Hosts);
        var start = Stopwatch.GetTimestamp();
        await cell.RestartAsync();
        var restart = Stopwatch.GetElapsedTime(start);

        var racks = hosts.Chunk(Hosts / Racks).ToList();
        var times = new List<double>();
        for (var lost = 0; lost < Losses; lost++)
        {
            times.Add(await LoseAsync(cell, racks[lost], [.. racks.Skip(lost + 1).SelectMany(rack => rack)]));
        }

        times.Sort();
        var spread = string.Create(
            CultureInfo.InvariantCulture,
            $"(median of {times.Count}, {times[0]:0.00} to {times[^1]:0.00})"
        );
        return
        [
            new Figure("rack-loss", "seconds", Math.Round(times[Losses / 2], 2), "s", Workload, spread),
            new Figure("rack-loss", "restart_seconds", Math.Round(restart.TotalSeconds, 2), "s", Workload, ""),
        ];
    }

    private static async Task<double> LoseAsync(ConductedCell cell, HostId[] rack, ImmutableArray<HostId> others)
    {
        // The rack was heard last a little longer ago than hosts may be silent, all others a little less.
        await cell.HearAsync(rack.Concat(others));
        cell.Pass(TimeSpan.FromSeconds(30));
        await cell.HearAsync(others);
        var before = cell.Conductor.Current.Cell.Instances;
        var expected = before.Count + rack.Sum(host => before.On(host).Count());

        var start = Stopwatch.GetTimestamp();
        cell.Pass(TimeSpan.FromSeconds(20));
        await cell.Conductor.AskAsync(new CellInput.Tick(), default);
        await cell.UntilAsync(view => view.Cell.Instances.Count == expected);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
