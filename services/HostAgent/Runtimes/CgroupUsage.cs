using System.Globalization;

namespace Orchestrator.HostAgent.Runtimes;

/// <summary>What the processes of a control group have used, as the kernel counts it (cgroup-v1 and cgroup-v2 of its documentation).</summary>
internal static class CgroupUsage
{
    private const string Root = "/sys/fs/cgroup";
    private const long NanosecondsPerTick = 100;

    /// <summary>Null if the group is gone, or control groups are not in use.</summary>
    public static ContainerUsage? Read(string version, string group)
    {
        try
        {
            return version switch
            {
                "v1" => new ContainerUsage
                {
                    CpuTime = TimeSpan.FromTicks(Number($"{Root}/cpuacct{group}/cpuacct.usage") / NanosecondsPerTick),
                    MemoryBytes = Memory($"{Root}/memory{group}", "memory.usage_in_bytes", "total_inactive_file"),
                    Tasks = (int)Number($"{Root}/pids{group}/pids.current"),
                },
                "v2" => new ContainerUsage
                {
                    CpuTime = TimeSpan.FromMicroseconds(Field($"{Root}{group}/cpu.stat", "usage_usec")),
                    MemoryBytes = Memory($"{Root}{group}", "memory.current", "inactive_file"),
                    Tasks = (int)Number($"{Root}{group}/pids.current"),
                },
                _ => null,
            };
        }
        catch (IOException)
        {
            return null; // It goes with its container, in the middle of reading or before.
        }
    }

    /// <summary>Without what the kernel drops first when it needs memory.</summary>
    private static long Memory(string directory, string usage, string reclaimable) =>
        Math.Max(0, Number($"{directory}/{usage}") - Field($"{directory}/memory.stat", reclaimable));

    private static long Number(string path) =>
        long.Parse(File.ReadAllText(path), NumberStyles.Integer, CultureInfo.InvariantCulture);

    private static long Field(string path, string name) =>
        File.ReadLines(path)
            .Select(line => line.Split(' '))
            .Where(words => words.Length == 2 && words[0] == name)
            .Select(words => long.Parse(words[1], NumberStyles.None, CultureInfo.InvariantCulture))
            .FirstOrDefault();
}
