using System.Diagnostics.CodeAnalysis;
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
        "1,000 services × 1,000 instances on 10,000 hosts; the placement's state alone, without the cell's records";

    [SuppressMessage("Major Code Smell", "S1215", Justification = "What is alive is what is measured.")]
    public static IEnumerable<Figure> Measure()
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
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        yield return new Figure(
            "memory",
            "bytes_per_instance",
            Math.Round((double)bytes / (Services * PerService), 1),
            "bytes",
            Workload,
            ""
        );
        yield return new Figure(
            "memory",
            "process_mebibytes",
            Math.Round(process.WorkingSet64 / 1048576.0),
            "MiB",
            Workload,
            ""
        );
    }
}
