using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>What a million placed instances weigh in the placement's own state.</summary>
internal static class MemoryUse
{
    private const int Hosts = 10_000;
    private const int Services = 1_000;
    private const int PerService = 1_000;
    private const string Workload =
        "1,000 services × 1,000 instances on 10,000 hosts, placed through the conductor into SQLite: everything that is "
        + "alive, hosts, services, trains and rollouts included, over the instances";

    public static IEnumerable<Figure> Measure() => [Placement(), .. CellAsync().GetAwaiter().GetResult()];

    [SuppressMessage("Major Code Smell", "S1215", Justification = "What is alive is what is measured.")]
    private static Figure Placement()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var fleet = Fleets.Of(Hosts, new Resources(64_000, 262_144), racks: 50);
        for (var service = 0; service < Services; service++)
        {
            var spec = new PlacementSpec(
                Fleets.Request(new Resources(100 + (service % 300), 128), PlacementWeights.Spread),
                Fleets.Group(service)
            );
            for (var number = 0; number < PerService; number++)
            {
                Fleets.MustPlace(fleet, spec);
            }
        }

        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(fleet);
        return new Figure(
            "memory",
            "placement_bytes_per_instance",
            Math.Round((double)bytes / (Services * PerService), 1),
            "bytes",
            "1,000 services × 1,000 instances on 10,000 hosts; the placement's own state alone",
            ""
        );
    }

    /// <summary>All there is: draft, view, indexes, hosts, services, rollouts, the database's cache, the runtime.</summary>
    [SuppressMessage("Major Code Smell", "S1215", Justification = "What is alive is what is measured.")]
    private static async Task<ImmutableArray<Figure>> CellAsync()
    {
        await using var cell = await ConductedCell.OpenAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await cell.PlaceMillionAsync(Hosts);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return
        [
            new Figure(
                "memory",
                "bytes_per_instance",
                Math.Round((double)bytes / (Services * PerService), 1),
                "bytes",
                Workload,
                ""
            ),
            new Figure(
                "memory",
                "process_mebibytes",
                Math.Round(process.WorkingSet64 / 1048576.0),
                "MiB",
                Workload,
                string.Create(CultureInfo.InvariantCulture, $"(peak {process.PeakWorkingSet64 / 1048576.0:0} MiB)")
            ),
        ];
    }
}
