using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Oci;

/// <summary>
/// Containers by crun, each watched by a conmon. There is no daemon: conmon outlives the agent and writes the exit code
/// and the log to disk. What a container has on disk is one directory.
/// </summary>
internal sealed partial class OciRuntime(
    string directory,
    MemoryPlace memory,
    ImageStore images,
    ExitWatch exits,
    ILogger<OciRuntime> logger
) : IContainerRuntime
{
    /// <summary>Creating takes 20 ms on an idle machine.</summary>
    private static readonly TimeSpan CreateDeadline = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan CreatePollInterval = TimeSpan.FromMilliseconds(2);

    /// <summary>After SIGKILL only the kernel is left to wait for.</summary>
    private static readonly TimeSpan KillDeadline = TimeSpan.FromSeconds(10);

    private readonly string _containers = Path.Combine(directory, "containers");
    private OciTools? _tools;

    public string Name => "oci";

    public LogFormat LogFormat => LogFormat.Tagged;

    public HeldImages Images => images.Held;

    private OciTools Tools => _tools ?? throw new InvalidOperationException("Prepare comes first.");

    public async Task<IReadOnlyDictionary<string, string>> PrepareAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_containers);
        _tools = await OciTools.DetectAsync(directory, memory, cancellationToken);
        if (!Tools.Cgroups.CanLimit)
        {
            LogWithoutLimits();
        }

        if (!Tools.HasOverlay)
        {
            LogWithoutOverlay();
        }

        LogPrepared(Tools.Version, Tools.Cgroups.Version, Tools.HasSeccomp);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["agent/cgroups"] = Tools.Cgroups.Version,
            ["agent/rootfs"] = Tools.HasOverlay ? "overlay" : "read-only",
        };
    }

    public Task<UnpackedImage> EnsureImageAsync(string image, CancellationToken cancellationToken) =>
        images.EnsureAsync(image, cancellationToken);

    public Task RemoveImageAsync(Sha256Digest image, CancellationToken cancellationToken) =>
        images.RemoveAsync(image, cancellationToken);

    public async Task StartAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        LimitNames.CheckKnown(spec.Limits);
        LimitNames.CheckGranted(spec.Limits);
        var init = spec.HasInit ? InitProgram.Find() : null;
        var files = FilesOf(spec.ContainerId);
        files.Create();
        // The upper layer's root is what the container sees as its own.
        File.SetUnixFileMode(files.Upper, File.GetUnixFileMode(spec.Image.RootDirectory));
        var context = new OciConfigContext
        {
            RootPath = Tools.HasOverlay ? files.Merged : spec.Image.RootDirectory,
            IsWritable = Tools.HasOverlay,
            CgroupPath = Tools.CgroupPathOf(spec.ContainerId),
            HasSeccomp = Tools.HasSeccomp,
            Init = init,
            HostFiles = OciConfig.ExistingHostFiles(),
        };
        await files.WriteConfigAsync(
            OciConfig.Build(spec, context).ToJsonString(),
            spec.SecretVariables.Count > 0 ? memory.MakeConfig(spec.ContainerId) : null,
            cancellationToken
        );

        // From here to the container's existence nothing is cancelled: half a launch would have to be looked for.
        if (await Tools.LaunchAsync(files, spec.Image.RootDirectory, spec.LogPath, CancellationToken.None) != 0)
        {
            throw new RuntimeFailedException($"conmon did not start: {files.ReadFailure()}");
        }

        await WaitCreatedAsync(files);
        await files.RememberProcessAsync(CancellationToken.None);
        var started = await Tools.RunCrunAsync(spec.ContainerId, ["start", spec.ContainerId], cancellationToken);
        if (!started.HasSucceeded)
        {
            throw new RuntimeFailedException($"crun did not start it: {started.Errors.Trim()}");
        }
    }

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([
            .. new[] { _containers, Tools.StateDirectory }
                .SelectMany(Directory.EnumerateDirectories)
                .Concat(memory.ListStates())
                .Select(path => Path.GetFileName(path))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ]);

    public async Task<ContainerStatus> InspectAsync(string containerId, CancellationToken cancellationToken)
    {
        if (!Tools.HasState(containerId))
        {
            return new ContainerStatus.Absent();
        }

        var state = await Tools.RunCrunAsync(containerId, ["state", containerId], cancellationToken);
        var status = state.HasSucceeded ? OciTools.ReadStatus(state.Output) : "";
        var files = FilesOf(containerId);
        return status switch
        {
            "running" or "paused" when files.FindMonitor() is not null => new ContainerStatus.Running(),
            "stopped" => new ContainerStatus.Ended(files.ReadExit()),
            // Created and never started, or running with nobody to take its output and exit code.
            _ => new ContainerStatus.Absent(),
        };
    }

    public async Task<ContainerExit> WaitAsync(string containerId, CancellationToken cancellationToken)
    {
        var files = FilesOf(containerId);
        if (files.FindMonitor() is { } monitor)
        {
            await exits.WaitAsync(monitor, cancellationToken);
        }

        return files.ReadExit();
    }

    public async Task StopAsync(string containerId, ContainerStop stop, CancellationToken cancellationToken)
    {
        if (FilesOf(containerId).FindMonitor() is not { } monitor)
        {
            return; // Ended; or nobody watches it, and removing it kills it.
        }

        // Both fail when it has just ended, which is what they are for; the wait decides.
        var signal = stop.Signal.ToString(CultureInfo.InvariantCulture);
        await Tools.RunCrunAsync(containerId, ["kill", containerId, signal], cancellationToken);
        if (!await exits.EndsWithinAsync(monitor, stop.Grace, cancellationToken))
        {
            await Tools.RunCrunAsync(containerId, ["kill", containerId, "KILL"], cancellationToken);
            if (!await exits.EndsWithinAsync(monitor, KillDeadline, cancellationToken))
            {
                throw new RuntimeFailedException("It did not end after SIGKILL.");
            }
        }
    }

    public Task<ContainerUsage?> MeasureAsync(string containerId, CancellationToken cancellationToken) =>
        Task.FromResult(
            Tools.CgroupPathOf(containerId) is { } group ? CgroupUsage.Read(Tools.Cgroups.Version, group) : null
        );

    public Task<int> ExecuteAsync(string containerId, ContainerExec exec, CancellationToken cancellationToken) =>
        FilesOf(containerId).FindMonitor() is not null
            ? OciExec.RunAsync(Tools, containerId, exec, cancellationToken)
            : throw new RuntimeFailedException("It does not run.");

    public Task CopyInAsync(string containerId, ContainerFile file, CancellationToken cancellationToken) =>
        OciCopy.RunAsync(FilesOf(containerId).FindProcess(), file, cancellationToken);

    public async Task RemoveAsync(string containerId, CancellationToken cancellationToken)
    {
        var files = FilesOf(containerId);
        // A conmon that an agent launched just before it died cannot create anything from here on.
        if (Directory.Exists(files.Bundle))
        {
            File.Delete(files.Config);
        }

        var process = files.FindProcess();
        await DeleteStateAsync(containerId, cancellationToken);
        if (process is not null && !await exits.EndsWithinAsync(process, KillDeadline, cancellationToken))
        {
            throw new RuntimeFailedException("It did not end after SIGKILL.");
        }

        if (files.FindMonitor() is { } monitor)
        {
            await exits.EndsWithinAsync(monitor, KillDeadline / 10, cancellationToken); // Without its container it does.
        }

        await ContainerHelpers.KillAsync(
            argument => string.Equals(argument, files.ProcessId, StringComparison.Ordinal),
            exits,
            KillDeadline,
            cancellationToken
        );
        await DeleteStateAsync(containerId, cancellationToken); // Made while it was deleted.
        Tools.RemoveCgroup(containerId);
        memory.Delete(containerId);
        if (Directory.Exists(files.Directory))
        {
            Directory.Delete(files.Directory, recursive: true);
        }
    }

    public async Task CutPowerAsync(CancellationToken cancellationToken)
    {
        var containers = await ListAsync(cancellationToken);
        // Monitors first, for without power nobody writes an exit code.
        var watching = ContainerHelpers.KillAsync(
            argument => argument.StartsWith(_containers, StringComparison.Ordinal),
            exits,
            KillDeadline,
            cancellationToken
        );
        var killed = containers.Select(id => FilesOf(id).FindProcess()).OfType<ProcessIdentity>().ToList();
        foreach (var process in killed)
        {
            Libc.TrySignal(process.Id, Libc.SignalKill);
        }

        await Task.WhenAll(killed.Select(one => exits.EndsWithinAsync(one, KillDeadline, cancellationToken)));
        await watching;
        foreach (var id in containers)
        {
            Tools.RemoveCgroup(id); // They live in memory.
        }
    }

    public void Dispose()
    {
        // Nothing is held open: the containers belong to their conmons.
    }

    private ContainerFiles FilesOf(string containerId) => new(containerId, Path.Combine(_containers, containerId));

    private static async Task WaitCreatedAsync(ContainerFiles files)
    {
        var started = Stopwatch.GetTimestamp();
        while (!files.HasProcessId)
        {
            if (files.FindMonitor() is null && !files.HasProcessId)
            {
                throw new RuntimeFailedException($"crun did not create it: {files.ReadFailure()}");
            }

            if (Stopwatch.GetElapsedTime(started) > CreateDeadline)
            {
                throw new RuntimeFailedException($"crun did not create it within {CreateDeadline}.");
            }

            await Task.Delay(CreatePollInterval, CancellationToken.None);
        }
    }

    private async Task DeleteStateAsync(string containerId, CancellationToken cancellationToken)
    {
        if (!Tools.HasState(containerId))
        {
            return;
        }

        var deleted = await Tools.RunCrunAsync(containerId, ["delete", "--force", containerId], cancellationToken);
        if (!deleted.HasSucceeded && Tools.HasState(containerId))
        {
            throw new RuntimeFailedException($"crun did not delete it: {deleted.Errors.Trim()}");
        }
    }

    [LoggerMessage(LogLevel.Information, "Containers by {Version}, control groups {Cgroups}, seccomp {HasSeccomp}.")]
    private partial void LogPrepared(string version, string cgroups, bool hasSeccomp);

    [LoggerMessage(LogLevel.Warning, "Control groups cannot be used here: CPU and memory limits are not enforced.")]
    private partial void LogWithoutLimits();

    [LoggerMessage(LogLevel.Warning, "Overlay mounts do not work here: containers share a read-only image.")]
    private partial void LogWithoutOverlay();
}
