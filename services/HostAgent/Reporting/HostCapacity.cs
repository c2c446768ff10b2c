using System.Globalization;
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

    /// <summary>A control plane counts no more on one host.</summary>
    private const int MaxGpus = 16;

    /// <summary>Less does not take what one start writes.</summary>
    private const long LeastFreeBytes = 16 * 1024 * 1024;

    /// <summary>A control plane takes no more: 256 TiB.</summary>
    private const long MaxDiskMebibytes = 256 * 1024 * 1024;

    public static HostFacts Read(
        HostAgentOptions options,
        string runtime,
        IReadOnlyDictionary<string, string> runtimeLabels
    )
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        // Whoever runs the host has the last word.
        foreach (
            var (name, value) in MachineLabels
                .Read("/")
                .Concat(runtimeLabels)
                .Concat(DiskLabels(options.DataDirectory))
                .Concat(options.Labels)
        )
        {
            labels[name] = value;
        }

        return new HostFacts
        {
            CpuMillicores = options.CpuMillicores > 0 ? options.CpuMillicores : MachineCpuMillicores(),
            MemoryMebibytes = options.MemoryMebibytes > 0 ? options.MemoryMebibytes : MachineMemoryMebibytes(),
            DiskMebibytes = options.DiskMebibytes > 0 ? options.DiskMebibytes : DiskMebibytes(options.DataDirectory),
            DynamicPorts = options.PortRangeTo - options.PortRangeFrom + 1,
            Devices = new SortedDictionary<string, int>(StringComparer.Ordinal)
            {
                ["gpu"] = options.Gpus >= 0 ? options.Gpus : MachineGpus(),
            },
            Custom = options.ToCounts(),
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

    /// <summary>Free and used together, so that it does not change with what runs; less the same share as of the rest.</summary>
    private static int DiskMebibytes(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        var total = new DriveInfo(dataDirectory).TotalSize / (1024 * 1024);
        return (int)Math.Min(MaxDiskMebibytes, total / All * (All - ReservePercent));
    }

    /// <summary>So that it is seen before something is missed: what runs goes on, and nothing new starts.</summary>
    private static IEnumerable<KeyValuePair<string, string>> DiskLabels(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        return new DriveInfo(dataDirectory).AvailableFreeSpace < LeastFreeBytes ? [new("agent/disk", "full")] : [];
    }

    /// <summary>As the driver numbers them: /dev/nvidia0 and on.</summary>
    private static int MachineGpus() =>
        Enumerable
            .Range(0, MaxGpus)
            .TakeWhile(index => File.Exists(string.Create(CultureInfo.InvariantCulture, $"/dev/nvidia{index}")))
            .Count();

    /// <summary>Of what this process may use: in a container that is its limit, not the machine.</summary>
    private static int MachineMemoryMebibytes()
    {
        var total = (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024));
        return Math.Max(0, total - Math.Max(MinReserveMebibytes, total / All * ReservePercent));
    }
}
