using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Processes;

/// <summary>
/// Plain processes that run the unpacked image's program, each the leader of a session of its own, as whatever user the
/// agent is. No isolation and no limits; it works everywhere. The exit code is known only to the agent that started it.
/// </summary>
internal sealed class ProcessRuntime(string directory, ImageStore images, ExitWatch exits) : IContainerRuntime
{
    /// <summary>
    /// Arguments: the file that claims the container, the log, the working directory, the command. The shell's own
    /// /proc/PID/stat and the boot's id go into the claim, then the shell becomes the program: same process, same start time. The claim
    /// is made only if nobody else made it (-C), so a launch that a dead agent left behind cannot start a second copy.
    /// </summary>
    private const string LaunchScript = """
        set -C
        read -r stat < /proc/$$/stat || exit 1
        read -r boot < /proc/sys/kernel/random/boot_id || boot=
        exec </dev/null >>"$2" 2>&1 || exit 1
        printf '%s\n%s\n' "$stat" "$boot" > "$1" || exit 1
        cd "$3" || exit 1
        shift 3
        exec "$@"
        """;

    /// <summary>A shell needs a few milliseconds to get to its claim.</summary>
    private static readonly TimeSpan LaunchDeadline = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LaunchPollInterval = TimeSpan.FromMilliseconds(2);

    /// <summary>After SIGKILL only the kernel is left to wait for.</summary>
    private static readonly TimeSpan KillDeadline = TimeSpan.FromSeconds(10);

    private readonly string _containers = Path.Combine(directory, "containers");

    /// <summary>The exit codes to come: a wait goes on where its container is removed under it.</summary>
    private readonly ConcurrentDictionary<string, Task<int>> _children = new(StringComparer.Ordinal);
    private string _setsid = "";

    public string Name => "process";

    public LogFormat LogFormat => LogFormat.Plain;

    public HeldImages Images => images.Held;

    public Task<IReadOnlyDictionary<string, string>> PrepareAsync(CancellationToken cancellationToken)
    {
        _setsid =
            Tool.Find("setsid")
            ?? throw new RuntimeFailedException("The process runtime needs setsid (util-linux), which is not here.");
        Directory.CreateDirectory(_containers);
        return Task.FromResult<IReadOnlyDictionary<string, string>>(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["agent/cgroups"] = "none" }
        );
    }

    public Task<UnpackedImage> EnsureImageAsync(string image, CancellationToken cancellationToken) =>
        images.EnsureAsync(image, cancellationToken);

    public Task RemoveImageAsync(Sha256Digest image, CancellationToken cancellationToken) =>
        images.RemoveAsync(image, cancellationToken);

    public async Task StartAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (spec.HasInit)
        {
            throw new RuntimeFailedException(
                "It asks for an init, and a plain process has no processes of its own to be the first of; use another runtime."
            );
        }

        if (spec.Mounts.Count > 0)
        {
            throw new RuntimeFailedException(
                "It asks for files or volumes, and a plain process sees the machine's; use another runtime."
            );
        }

        LimitNames.CheckKnown(spec.Limits);
        var files = FilesOf(spec.ContainerId);
        Directory.CreateDirectory(files.WorkingDirectory);
        var command = ProcessCommand.Of(spec, files.WorkingDirectory);
        var start = new ProcessStartInfo(
            _setsid,
            [
                "/bin/sh",
                "-c",
                LaunchScript,
                "launch",
                files.Claim,
                spec.LogPath,
                command.WorkingDirectory,
                .. LimitNames.Prefix(spec.Limits),
                .. command.Arguments,
            ]
        );
        start.Environment.Clear();
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var exit = ExitCodeOfAsync(Tool.Start(start));
        _children[spec.ContainerId] = exit;
        var started = Stopwatch.GetTimestamp();
        while (files.ReadProcess() is null)
        {
            if (exit.IsCompleted && files.ReadProcess() is null)
            {
                throw new RuntimeFailedException("It could not be launched; its log says why.");
            }

            if (Stopwatch.GetElapsedTime(started) > LaunchDeadline)
            {
                throw new RuntimeFailedException($"It was not launched within {LaunchDeadline}.");
            }

            // Not cancelled: a launch that nobody waits for would have to be looked for.
            await Task.Delay(LaunchPollInterval, CancellationToken.None);
        }
    }

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([
            .. Directory
                .EnumerateDirectories(_containers)
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal),
        ]);

    public Task<ContainerStatus> InspectAsync(string containerId, CancellationToken cancellationToken) =>
        Task.FromResult<ContainerStatus>(
            FilesOf(containerId).ReadProcess() switch
            {
                null => new ContainerStatus.Absent(),
                { IsAlive: true } => new ContainerStatus.Running(),
                _ => new ContainerStatus.Ended(ContainerExit.Unseen),
            }
        );

    public async Task<ContainerExit> WaitAsync(string containerId, CancellationToken cancellationToken)
    {
        if (FilesOf(containerId).ReadProcess() is { } process)
        {
            await exits.WaitAsync(process, cancellationToken);
        }

        if (!_children.TryGetValue(containerId, out var child))
        {
            return ContainerExit.Unseen;
        }

        return new ContainerExit(await child.WaitAsync(cancellationToken), IsOutOfMemory: false);
    }

    public async Task StopAsync(string containerId, ContainerStop stop, CancellationToken cancellationToken)
    {
        if (FilesOf(containerId).ReadProcess() is not { IsAlive: true } process)
        {
            return;
        }

        Libc.TrySignal(-process.Id, stop.Signal);
        if (!await exits.EndsWithinAsync(process, stop.Grace, cancellationToken))
        {
            SessionProcesses.Kill(process, containerId);
            if (!await exits.EndsWithinAsync(process, KillDeadline, cancellationToken))
            {
                throw new RuntimeFailedException("It did not end after SIGKILL.");
            }
        }
    }

    public Task<ContainerUsage?> MeasureAsync(string containerId, CancellationToken cancellationToken) =>
        Task.FromResult(
            FilesOf(containerId).ReadProcess() is { IsAlive: true } process
                ? ProcessUsage.Of(SessionProcesses.Members(process, containerId))
                : null
        );

    public Task<int> ExecuteAsync(string containerId, ContainerExec exec, CancellationToken cancellationToken) =>
        FilesOf(containerId).ReadProcess() is { IsAlive: true } process
            ? ProcessExec.RunAsync(process, exec, cancellationToken)
            : throw new RuntimeFailedException("It does not run.");

    public Task CopyInAsync(string containerId, ContainerFile file, CancellationToken cancellationToken) =>
        throw new RuntimeFailedException("A plain process has this machine's files, and nothing is copied into those.");

    public async Task RemoveAsync(string containerId, CancellationToken cancellationToken)
    {
        var files = FilesOf(containerId);
        if (Directory.Exists(files.Directory) && files.TryClaim() is { } process)
        {
            SessionProcesses.Kill(process, containerId); // Also what the program left behind when it ended.
            if (!await exits.EndsWithinAsync(process, KillDeadline, cancellationToken))
            {
                throw new RuntimeFailedException("It did not end after SIGKILL.");
            }
        }

        _children.TryRemove(containerId, out _);
        if (Directory.Exists(files.Directory))
        {
            Directory.Delete(files.Directory, recursive: true);
        }
    }

    public async Task CutPowerAsync(CancellationToken cancellationToken)
    {
        var killed = new List<ProcessIdentity>();
        foreach (var containerId in await ListAsync(cancellationToken))
        {
            if (FilesOf(containerId).TryClaim() is { } process)
            {
                SessionProcesses.Kill(process, containerId);
                killed.Add(process);
            }
        }

        await Task.WhenAll(killed.Select(one => exits.EndsWithinAsync(one, KillDeadline, cancellationToken)));
    }

    public void Dispose()
    {
        // The processes go on, and a handle goes when its process ends.
    }

    /// <summary>Ends with the process, whoever waits for it or not.</summary>
    private static async Task<int> ExitCodeOfAsync(Process process)
    {
        using (process)
        {
            await process.WaitForExitAsync(CancellationToken.None);
            return process.ExitCode;
        }
    }

    private ProcessFiles FilesOf(string containerId) => new(Path.Combine(_containers, containerId));
}

/// <summary>The directory of one process.</summary>
internal sealed record ProcessFiles(string Directory)
{
    private const string Abandoned = "abandoned";

    /// <summary>Made by the launch, or by an agent that gives the launch up, whichever is first.</summary>
    public string Claim => Path.Combine(Directory, "claim");

    public string WorkingDirectory => Path.Combine(Directory, "work");

    /// <summary>Null until the launch has made its claim.</summary>
    public ProcessIdentity? ReadProcess()
    {
        try
        {
            // Three with the empty one behind the last line break: anything less is not written to its end.
            return
                File.ReadAllText(Claim).Split('\n') is [var process, var boot, ""]
                && int.TryParse(process.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && ProcessIdentity.ParseStat(process) is { } stat
                ? new ProcessIdentity(id, stat.StartTicks, boot)
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Takes the claim, so that a late launch cannot; null then, else the process that has it.</summary>
    public ProcessIdentity? TryClaim()
    {
        try
        {
            using var claim = new FileStream(Claim, FileMode.CreateNew, FileAccess.Write);
            claim.Write(Encoding.ASCII.GetBytes(Abandoned));
            return null;
        }
        catch (IOException)
        {
            return ReadProcess(); // Somebody has it; or the directory is gone, and the launch with it.
        }
    }
}
