using System.Globalization;
using Docker.DotNet.Models;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>
/// A container as the daemon is asked for it: as the OCI runtime makes them, with the host's network, no capability and
/// no way to gain privileges.
/// </summary>
internal static class ContainerParameters
{
    /// <summary>A quota and not a count of CPUs: the daemon refuses a count above what the machine has.</summary>
    private const long CpuPeriodMicroseconds = 100_000;

    private const long SharesPerCpu = 1024;
    private const long MillicoresPerCpu = 1000;

    /// <summary>The kernel takes no less.</summary>
    private const long MinShares = 2;
    private const long MinQuotaMicroseconds = 1000;

    /// <summary>Far above what a service's threads need, far below what a fork bomb needs to hurt others.</summary>
    private const int MaxProcesses = 4096;

    /// <summary>Podman lowers its own limit to this, and may lack the capability to raise it again.</summary>
    private const long MaxUserProcesses = 32_768;

    private const int MaxHostNameLength = 63;

    public static CreateContainerParameters Of(ContainerSpec spec, bool isPodman)
    {
        var command = ContainerCommand.Of(spec);
        return new CreateContainerParameters
        {
            Image = spec.Image.RootDirectory,
            Hostname =
                spec.ContainerId.Length > MaxHostNameLength ? spec.ContainerId[..MaxHostNameLength] : spec.ContainerId,
            User = spec.Image.Config.User ?? "",
            // All of it, for an image's own arguments would be put behind an entrypoint that has none.
            Entrypoint = [.. command.Arguments],
            Cmd = [],
            Env = [.. command.Environment.Select(pair => $"{pair.Key}={pair.Value}")],
            WorkingDir = command.WorkingDirectory,
            Healthcheck = new HealthcheckConfig { Test = ["NONE"] }, // The agent looks for itself.
            HostConfig = HostOf(spec, isPodman),
        };
    }

    private static HostConfig HostOf(ContainerSpec spec, bool isPodman)
    {
        var memory = spec.MemoryLimitMebibytes * 1024L * 1024L;
        var host = new HostConfig
        {
            NetworkMode = "host",
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges"],
            PidsLimit = MaxProcesses,
            CPUShares = Math.Max(MinShares, spec.CpuMillicores * SharesPerCpu / MillicoresPerCpu),
            Memory = memory,
            MemorySwap = memory, // Of both together, so there is no swap.
            RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.No },
            LogConfig = isPodman ? KeepLog("k8s-file", "8m") : KeepLog("json-file", "8m"),
            Ulimits = LimitsOf(spec, isPodman),
            Mounts = [.. spec.Mounts.OfType<ContainerMount.Bind>().Select(MountOf)],
            Tmpfs = spec
                .Mounts.OfType<ContainerMount.Memory>()
                .ToDictionary(
                    mount => mount.At,
                    mount =>
                        string.Create(CultureInfo.InvariantCulture, $"nosuid,nodev,mode=1777,size={mount.Mebibytes}m"),
                    StringComparer.Ordinal
                ),
            Init = spec.HasInit ? true : null, // The daemon's own, or that of its machine.
        };
        if (spec.CpuLimitMillicores > 0)
        {
            host.CPUPeriod = CpuPeriodMicroseconds;
            host.CPUQuota = Math.Max(
                MinQuotaMicroseconds,
                spec.CpuLimitMillicores * CpuPeriodMicroseconds / MillicoresPerCpu
            );
        }

        return host;
    }

    /// <summary>The daemon's copy is read into ours, so it need not hold more than ours does.</summary>
    private static LogConfig KeepLog(string driver, string size) =>
        new()
        {
            Type = driver,
            Config = new Dictionary<string, string>(StringComparer.Ordinal) { ["max-size"] = size },
        };

    private static Mount MountOf(ContainerMount.Bind mount) =>
        new()
        {
            Type = "bind",
            Target = mount.At,
            Source = mount.Source,
            ReadOnly = mount.IsReadOnly,
        };

    private static List<Ulimit> LimitsOf(ContainerSpec spec, bool isPodman)
    {
        LimitNames.CheckKnown(spec.Limits);
        return
        [
            .. (isPodman ? InheritedLimits() : []).Where(inherited =>
                !spec.Limits.Any(limit => limit.Name == inherited.Name)
            ),
            .. spec.Limits.Select(limit => new Ulimit
            {
                Name = limit.Name,
                Soft = limit.Soft,
                Hard = limit.Hard,
            }),
        ];
    }

    /// <summary>
    /// Podman asks for its own default limits, which may be above what it may have: then nothing starts. So it is asked
    /// for those of this machine.
    /// </summary>
    private static List<Ulimit> InheritedLimits()
    {
        var processes = Math.Min(MaxUserProcesses, OwnLimits.Hard("Max processes") ?? MaxUserProcesses);
        var limits = new List<Ulimit>
        {
            new()
            {
                Name = "nproc",
                Soft = processes,
                Hard = processes,
            },
        };
        if (OwnLimits.Hard("Max open files") is { } files)
        {
            limits.Add(
                new Ulimit
                {
                    Name = "nofile",
                    Soft = files,
                    Hard = files,
                }
            );
        }

        return limits;
    }
}
