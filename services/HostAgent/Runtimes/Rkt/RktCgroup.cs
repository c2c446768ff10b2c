using System.Globalization;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// A control group for each container, made and filled by us: rkt's own limits hold in no stage1 that was tried. Its
/// launcher enters it before it becomes rkt, so that everything of the pod is in it.
/// </summary>
internal sealed record RktCgroup(CgroupSupport Support, string Name)
{
    private const long CpuPeriodMicroseconds = 100_000;
    private const long MinQuotaMicroseconds = 1000;
    private const long MillicoresPerCpu = 1000;
    private const long SharesPerCpu = 1024;

    /// <summary>The kernel takes no less.</summary>
    private const long MinShares = 2;

    private const long MaxWeight = 10_000;
    private const long WeightPerCpu = 100;
    private const long BytesPerMebibyte = 1024 * 1024;

    /// <summary>Far above what a service's threads need, far below what a fork bomb needs to hurt others.</summary>
    private const string MaxProcesses = "4096";

    private const string ProcessesFile = "cgroup.procs";
    private static readonly string[] FirstControllers = ["cpu", "cpuacct", "memory", "pids"];

    private bool IsFirst => Support.Version == "v1";

    /// <summary>Empty where control groups cannot be used.</summary>
    public IReadOnlyList<string> Directories =>
        (Support.CanLimit, IsFirst) switch
        {
            (false, _) => [],
            (_, true) =>
            [
                .. FirstControllers
                    .Select(controller => Path.Combine(CgroupSupport.Root, controller))
                    .Where(Directory.Exists)
                    .Select(root => Path.Combine(root, Name)),
            ],
            _ => [Path.Combine(CgroupSupport.Root, Name)],
        };

    /// <summary>Lets groups below the root have limits, which version 2 does only when told.</summary>
    public static void Enable(CgroupSupport support)
    {
        if (support.Version == "v2")
        {
            File.WriteAllText(Path.Combine(CgroupSupport.Root, "cgroup.subtree_control"), "+cpu +memory +pids");
        }
    }

    /// <summary>Removes groups that no container has, such as that of a pod whose container the disk has forgotten.</summary>
    public static void Sweep(CgroupSupport support, string prefix, IReadOnlySet<string> wanted)
    {
        var roots = new RktCgroup(support, "").Directories;
        var unwanted = roots
            .SelectMany(root => Directory.EnumerateDirectories(root, prefix + "*"))
            .Select(path => Path.GetFileName(path))
            .Where(name => !wanted.Contains(name))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in unwanted)
        {
            new RktCgroup(support, name).Remove(); // Not if somebody is in it.
        }
    }

    public void Create(ContainerSpec spec)
    {
        foreach (var directory in Directories)
        {
            Directory.CreateDirectory(directory);
        }

        foreach (var (file, value) in IsFirst ? FirstLimits(spec) : SecondLimits(spec))
        {
            foreach (var path in Directories.Select(directory => Path.Combine(directory, file)).Where(File.Exists))
            {
                File.WriteAllText(path, value);
            }
        }
    }

    public void Remove()
    {
        if (Support.CanLimit)
        {
            CgroupSupport.Remove(Name);
        }
    }

    public ContainerUsage? Measure() => Support.CanLimit ? CgroupUsage.Read(Support.Version, "/" + Name) : null;

    /// <summary>The ids of the processes that are in it.</summary>
    public IReadOnlyList<int> Members()
    {
        var members = new HashSet<int>();
        foreach (var directory in Directories)
        {
            members.UnionWith(ReadNumbers(Path.Combine(directory, ProcessesFile)));
        }

        return [.. members];
    }

    /// <summary>Whether the kernel has killed something in it for want of memory.</summary>
    public bool HasRunOutOfMemory() =>
        Directories
            .Select(directory => Path.Combine(directory, IsFirst ? "memory.oom_control" : "memory.events"))
            .Where(File.Exists)
            .SelectMany(ReadLines)
            .Any(line => line.StartsWith("oom_kill ", StringComparison.Ordinal) && line != "oom_kill 0");

    private static IEnumerable<(string File, string Value)> FirstLimits(ContainerSpec spec)
    {
        yield return ("pids.max", MaxProcesses);
        yield return ("cpu.shares", Text(Math.Max(MinShares, spec.CpuMillicores * SharesPerCpu / MillicoresPerCpu)));
        if (spec.CpuLimitMillicores > 0)
        {
            yield return ("cpu.cfs_period_us", Text(CpuPeriodMicroseconds));
            yield return ("cpu.cfs_quota_us", Text(QuotaOf(spec)));
        }

        if (spec.MemoryLimitMebibytes > 0)
        {
            yield return ("memory.limit_in_bytes", Text(spec.MemoryLimitMebibytes * BytesPerMebibyte));
            // After the other, which it may not be below. Without it what is too much would go to the swap.
            yield return ("memory.memsw.limit_in_bytes", Text(spec.MemoryLimitMebibytes * BytesPerMebibyte));
        }
    }

    private static IEnumerable<(string File, string Value)> SecondLimits(ContainerSpec spec)
    {
        yield return ("pids.max", MaxProcesses);
        yield return (
            "cpu.weight",
            Text(Math.Clamp(spec.CpuMillicores * WeightPerCpu / MillicoresPerCpu, min: 1, MaxWeight))
        );
        if (spec.CpuLimitMillicores > 0)
        {
            yield return ("cpu.max", $"{Text(QuotaOf(spec))} {Text(CpuPeriodMicroseconds)}");
        }

        if (spec.MemoryLimitMebibytes > 0)
        {
            yield return ("memory.max", Text(spec.MemoryLimitMebibytes * BytesPerMebibyte));
            yield return ("memory.swap.max", "0");
        }
    }

    private static long QuotaOf(ContainerSpec spec) =>
        Math.Max(MinQuotaMicroseconds, spec.CpuLimitMillicores * CpuPeriodMicroseconds / MillicoresPerCpu);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<int> ReadNumbers(string path) =>
        ReadLines(path).Select(line => int.Parse(line, NumberStyles.None, CultureInfo.InvariantCulture));

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return []; // It was never made, or goes just now.
        }
    }
}
