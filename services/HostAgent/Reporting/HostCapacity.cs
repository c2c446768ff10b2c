using System.Reflection;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Reporting;

/// <summary>What this host offers to instances.</summary>
internal static class HostCapacity
{
    /// <summary>For the system and the agent themselves.</summary>
    private const int ReservePercent = 10;

    private const int MinReserveMebibytes = 256;
    private const int MillicoresPerCpu = 1000;
    private const int All = 100;

    public static HostFacts Read(
        HostAgentOptions options,
        string runtime,
        IReadOnlyDictionary<string, string> runtimeLabels
    )
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in runtimeLabels.Concat(options.Labels))
        {
            labels[name] = value;
        }

        return new HostFacts
        {
            CpuMillicores = options.CpuMillicores > 0 ? options.CpuMillicores : MachineCpuMillicores(),
            MemoryMebibytes = options.MemoryMebibytes > 0 ? options.MemoryMebibytes : MachineMemoryMebibytes(),
            Runtime = runtime,
            AgentVersion =
                typeof(HostCapacity)
                    .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                    ?.InformationalVersion
                ?? "0.0.0",
            Labels = labels,
        };
    }

    private static int MachineCpuMillicores() =>
        Environment.ProcessorCount * MillicoresPerCpu * (All - ReservePercent) / All;

    /// <summary>Of what this process may use: in a container that is its limit, not the machine.</summary>
    private static int MachineMemoryMebibytes()
    {
        var total = (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024));
        return Math.Max(0, total - Math.Max(MinReserveMebibytes, total / All * ReservePercent));
    }
}
