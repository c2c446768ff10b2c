using System.Globalization;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Processes;

/// <summary>What a group of processes has used, by /proc/PID/stat (proc(5)).</summary>
internal static class ProcessUsage
{
    /// <summary>USER_HZ, which Linux fixes towards programs.</summary>
    private const int TicksPerSecond = 100;

    /// <summary>Counted from the third field: utime, stime, and those of children that have ended.</summary>
    private static readonly Range Times = (14 - 3)..(18 - 3);

    private const int ResidentPages = 24 - 3;

    public static ContainerUsage Of(IEnumerable<int> processes)
    {
        var (ticks, pages, count) = (0L, 0L, 0);
        foreach (var fields in processes.Select(FieldsOf).Where(fields => fields.Length > ResidentPages))
        {
            ticks += fields[Times].Sum(Number);
            pages += Number(fields[ResidentPages]);
            count++;
        }

        return new ContainerUsage
        {
            CpuTime = TimeSpan.FromSeconds((double)ticks / TicksPerSecond),
            MemoryBytes = pages * Environment.SystemPageSize,
            Tasks = count,
        };
    }

    private static string[] FieldsOf(int processId)
    {
        try
        {
            var text = File.ReadAllText(ProcessIdentity.PathOf(processId, "stat"));
            return text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            return []; // It ended meanwhile.
        }
    }

    private static long Number(string field) =>
        long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
