using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>
/// The config.json of a bundle: own processes, IPC, names and mounts; the host's network; no capability, no way to gain
/// privileges, kernel files masked.
/// </summary>
internal static class OciConfig
{
    /// <summary>A period that crun and both versions of control groups take; the quota is counted in it.</summary>
    private const long CpuPeriodMicroseconds = 100_000;

    private const long SharesPerCpu = 1024;
    private const long MillicoresPerCpu = 1000;

    /// <summary>The kernel takes no less.</summary>
    private const long MinShares = 2;
    private const long MinQuotaMicroseconds = 1000;

    /// <summary>Far above what a service's threads need, far below what a fork bomb needs to hurt others.</summary>
    private const int MaxProcesses = 4096;

    private const int MaxHostNameLength = 63;

    private static readonly string[] MaskedPaths =
    [
        "/proc/acpi",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/dev/block",
        "/sys/firmware",
    ];

    private static readonly string[] ReadOnlyPaths =
    [
        "/proc/asound",
        "/proc/bus",
        "/proc/fs",
        "/proc/irq",
        "/proc/sys",
        "/proc/sysrq-trigger",
    ];

    private static readonly string[] OwnNamespaces = ["pid", "ipc", "uts", "mount"];

    private static readonly string[] HostFiles = ["/etc/resolv.conf", "/etc/hosts"];

    public static JsonObject Build(ContainerSpec spec, OciConfigContext context)
    {
        var command = ContainerCommand.Of(spec);
        return new JsonObject
        {
            ["ociVersion"] = "1.0.2",
            ["hostname"] =
                spec.ContainerId.Length > MaxHostNameLength ? spec.ContainerId[..MaxHostNameLength] : spec.ContainerId,
            ["process"] = Process(spec, command, context),
            ["root"] = new JsonObject { ["path"] = context.RootPath, ["readonly"] = !context.IsWritable },
            ["mounts"] = Mounts(spec, context),
            ["linux"] = Linux(spec, context),
        };
    }

    private static JsonObject Process(ContainerSpec spec, ContainerCommand command, OciConfigContext context)
    {
        var user = ImageUser.Of(spec.Image);
        return new JsonObject
        {
            ["terminal"] = false,
            ["user"] = new JsonObject { ["uid"] = user.UserId, ["gid"] = user.GroupId },
            ["args"] = Texts(
                context.Init is null ? command.Arguments : [InitProgram.Place, "--", .. command.Arguments]
            ),
            ["env"] = Texts(command.Environment.Select(pair => $"{pair.Key}={pair.Value}")),
            ["cwd"] = command.WorkingDirectory,
            ["rlimits"] = new JsonArray([.. spec.Limits.Select(limit => (JsonNode)Limit(limit))]),
            ["noNewPrivileges"] = true,
            ["capabilities"] = new JsonObject
            {
                ["bounding"] = new JsonArray(),
                ["effective"] = new JsonArray(),
                ["inheritable"] = new JsonArray(),
                ["permitted"] = new JsonArray(),
                ["ambient"] = new JsonArray(),
            },
        };
    }

    private static JsonObject Limit(ProcessLimit limit) =>
        new()
        {
            ["type"] = $"RLIMIT_{limit.Name.ToUpperInvariant()}",
            ["soft"] = limit.Soft == ProcessLimit.Unlimited ? ulong.MaxValue : (ulong)limit.Soft,
            ["hard"] = limit.Hard == ProcessLimit.Unlimited ? ulong.MaxValue : (ulong)limit.Hard,
        };

    [SuppressMessage("Security", "S5443", Justification = "These are places in the container, each mounted empty.")]
    private static JsonArray Mounts(ContainerSpec spec, OciConfigContext context)
    {
        var mounts = new JsonArray(
            Mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"),
            Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
            Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro")
        );
        if (!context.IsWritable)
        {
            mounts.Add(Mount("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777"));
        }

        if (context.Init is { } init)
        {
            mounts.Add(Mount(InitProgram.Place, "bind", init, "bind", "ro", "nosuid", "nodev"));
        }

        foreach (var file in context.HostFiles)
        {
            mounts.Add(Mount(file, "bind", file, "bind", "ro", "nosuid", "noexec", "nodev"));
        }

        // By length, for one may be inside another.
        foreach (var mount in spec.Mounts.OrderBy(mount => mount.Target.Length))
        {
            mounts.Add(
                mount switch
                {
                    ContainerMount.Bind(var at, var source, var isReadOnly) => Mount(
                        at,
                        "bind",
                        source,
                        "rbind",
                        isReadOnly ? "ro" : "rw",
                        "nosuid",
                        "nodev"
                    ),
                    ContainerMount.Memory(var at, var size) => Mount(
                        at,
                        "tmpfs",
                        "tmpfs",
                        "nosuid",
                        "nodev",
                        "mode=1777",
                        string.Create(CultureInfo.InvariantCulture, $"size={size}m")
                    ),
                    _ => throw new UnreachableException(),
                }
            );
        }

        return mounts;
    }

    private static JsonObject Linux(ContainerSpec spec, OciConfigContext context)
    {
        var linux = new JsonObject
        {
            ["namespaces"] = new JsonArray([
                .. OwnNamespaces.Select(kind => (JsonNode)new JsonObject { ["type"] = kind }),
            ]),
            ["maskedPaths"] = Texts(MaskedPaths),
            ["readonlyPaths"] = Texts(ReadOnlyPaths),
        };
        if (context.HasSeccomp)
        {
            linux["seccomp"] = Seccomp.Profile();
        }

        if (context.CgroupPath is { } path)
        {
            linux["cgroupsPath"] = path;
            linux["resources"] = Resources(spec);
        }

        return linux;
    }

    private static JsonObject Resources(ContainerSpec spec)
    {
        var cpu = new JsonObject
        {
            ["shares"] = Math.Max(MinShares, spec.CpuMillicores * SharesPerCpu / MillicoresPerCpu),
        };
        if (spec.CpuLimitMillicores > 0)
        {
            cpu["period"] = CpuPeriodMicroseconds;
            cpu["quota"] = Math.Max(
                MinQuotaMicroseconds,
                spec.CpuLimitMillicores * CpuPeriodMicroseconds / MillicoresPerCpu
            );
        }

        var resources = new JsonObject
        {
            ["cpu"] = cpu,
            ["pids"] = new JsonObject { ["limit"] = MaxProcesses },
        };
        if (spec.MemoryLimitMebibytes > 0)
        {
            resources["memory"] = new JsonObject { ["limit"] = spec.MemoryLimitMebibytes * 1024L * 1024L };
        }

        return resources;
    }

    private static JsonObject Mount(string destination, string type, string source, params string[] options) =>
        new()
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = Texts(options),
        };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    /// <summary>Those of the files that containers need to find others by name which this machine has.</summary>
    public static IReadOnlyList<string> ExistingHostFiles() => [.. HostFiles.Where(File.Exists)];
}

/// <summary>What of a bundle depends on the machine.</summary>
internal sealed record OciConfigContext
{
    public required string RootPath { get; init; }

    /// <summary>The container has a layer of its own; else it shares the unpacked image, read-only.</summary>
    public required bool IsWritable { get; init; }

    /// <summary>Null where there are no usable control groups.</summary>
    public required string? CgroupPath { get; init; }

    public required bool HasSeccomp { get; init; }

    /// <summary>The program of this machine that is the first process; null: the container's own program is.</summary>
    public required string? Init { get; init; }

    /// <summary>Mounted read-only at the same place.</summary>
    public required IReadOnlyList<string> HostFiles { get; init; }
}
