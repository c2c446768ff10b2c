using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>From what the agent wants to what Garden is asked for.</summary>
internal static class GardenRequests
{
    /// <summary>The one process of a container that it is about.</summary>
    public const string MainProcess = "main";

    /// <summary>Whose container it is: the hash of the host's directory.</summary>
    public const string HostProperty = "orchestrator.host";

    public const string ContainerProperty = "orchestrator.container";

    private const string Root = "root";
    private const string RootByNumber = "0:0";
    private const long SharesPerCpu = 1024;
    private const long MillicoresPerCpu = 1000;

    /// <summary>The kernel takes no less.</summary>
    private const long MinShares = 2;

    /// <summary>Far above what a service's threads need, far below what a fork bomb needs to hurt others.</summary>
    private const int MaxProcesses = 4096;

    public static GardenContainer Container(ContainerSpec spec, ContainerCommand command, string host, string rootfs) =>
        new()
        {
            Handle = GardenNotes.HandleOf(spec.ContainerId),
            Rootfs = rootfs,
            GraceTime = 0,
            Properties = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [HostProperty] = host,
                [ContainerProperty] = spec.ContainerId,
            },
            // Here and not with the process, so that what is run in the container later has it too; but secrets, for Garden
            // keeps a container's configuration on its disk, and of a process only how it ends.
            Environment =
            [
                .. command
                    .Environment.Where(pair => !spec.SecretVariables.ContainsKey(pair.Key))
                    .Select(pair => $"{pair.Key}={pair.Value}"),
            ],
            IsPrivileged = false,
            Mounts = [.. spec.Mounts.Select(MountOf)],
            Limits = new GardenLimits(
                spec.MemoryLimitMebibytes > 0
                    ? new GardenMemoryLimits(spec.MemoryLimitMebibytes * 1024L * 1024L)
                    : null,
                // Garden has no quota: a share is all there is to hold a container back.
                new GardenCpuLimits(Math.Max(MinShares, spec.CpuMillicores * SharesPerCpu / MillicoresPerCpu)),
                new GardenProcessLimits(MaxProcesses)
            ),
        };

    private static GardenMount MountOf(ContainerMount mount) =>
        mount is ContainerMount.Bind(var target, var source, var isReadOnly)
            ? new GardenMount(source, target, Mode: Convert.ToInt32(!isReadOnly), Origin: 0)
            : throw new RuntimeFailedException(
                $"It asks for memory at '{mount.Target}', and Garden mounts directories of the host and nothing else."
            );

    /// <summary>A program is always run as somebody: what Garden does otherwise has changed over time.</summary>
    public static GardenProgram Program(string id, IReadOnlyList<string> arguments, GardenNote note) =>
        new()
        {
            Id = id,
            Path = arguments[0],
            Arguments = [.. arguments.Skip(1)],
            Directory = note.WorkingDirectory,
            User = note.User,
        };

    /// <summary>Null if nothing is asked for.</summary>
    /// <exception cref="RuntimeFailedException">Garden has no such limit.</exception>
    public static IReadOnlyDictionary<string, ulong>? LimitsOf(ContainerSpec spec)
    {
        LimitNames.CheckKnown(spec.Limits);
        if (spec.Limits.FirstOrDefault(limit => limit.Soft != limit.Hard) is { } two)
        {
            throw new RuntimeFailedException(
                $"Garden has one value for the limit '{two.Name}', soft and hard at once; give both the same."
            );
        }

        return spec.Limits.Count == 0
            ? null
            : spec.Limits.ToDictionary(
                limit => limit.Name,
                limit => limit.Hard == ProcessLimit.Unlimited ? ulong.MaxValue : (ulong)limit.Hard,
                StringComparer.Ordinal
            );
    }

    /// <exception cref="RuntimeFailedException">Garden cannot send such a signal.</exception>
    public static void CheckSignal(ContainerSpec spec)
    {
        if (spec.StopSignal is not (null or Libc.SignalTerminate or Libc.SignalKill))
        {
            throw new RuntimeFailedException(
                "Garden sends SIGTERM and SIGKILL and no other signal; leave 'stopSignal' out."
            );
        }
    }

    /// <summary>
    /// As the image says; else root, by number where the image has no list of users, since Garden looks the name up in it.
    /// </summary>
    public static string UserOf(UnpackedImage image, bool isImageUsed)
    {
        if (image.Config.User is { Length: > 0 } user)
        {
            return user;
        }

        var hasUsers = File.Exists(RootedPath.Resolve(image.RootDirectory, "/etc/passwd", followLast: true));
        return isImageUsed && !hasUsers ? RootByNumber : Root;
    }
}
