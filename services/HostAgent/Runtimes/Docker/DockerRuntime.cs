using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>
/// Containers by a daemon that speaks the Docker Engine API: Docker, or Podman's service. They belong to the daemon, and
/// outlive the agent. While the daemon is away nothing can be started or stopped, and who waits goes on waiting.
/// </summary>
internal sealed partial class DockerRuntime : IContainerRuntime
{
    /// <summary>How soon a daemon that is away is asked again, at first and at most.</summary>
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    /// <summary>After SIGKILL only the kernel and the daemon's own records are left to wait for.</summary>
    private static readonly TimeSpan KillDeadline = TimeSpan.FromSeconds(10);

    /// <summary>128 and SIGKILL.</summary>
    private const int Killed = 137;

    /// <summary>Half a second: nobody waits for one that was killed but its restart.</summary>
    private const int MaxWhyTries = 10;

    private static readonly TimeSpan WhyInterval = TimeSpan.FromMilliseconds(50);

    private readonly DockerEngine _engine;
    private readonly DockerContainers _containers;
    private readonly DockerImages _images;
    private readonly DockerCommands _commands;
    private readonly DockerExec _exec;
    private readonly DockerLogs _logs;
    private readonly ILogger _logger;

    public DockerRuntime(DockerSettings settings, ILogger<DockerRuntime> logger)
    {
        _logger = logger;
        _engine = new DockerEngine(settings.Socket);
        _containers = new DockerContainers(_engine, settings.Directory);
        _images = new DockerImages(
            _engine,
            new HeldImages(Path.Combine(settings.Directory, "images")),
            settings.ImageSources,
            UnpackLimits.Default,
            settings.CredentialsPath
        );
        _commands = new DockerCommands(_engine, _containers);
        _exec = new DockerExec(_engine, _containers);
        _logs = new DockerLogs(_engine, _containers, logger);
    }

    public string Name => "docker";

    public LogFormat LogFormat => LogFormat.Tagged;

    public HeldImages Images => _images.Held;

    public string ImagesDirectory { get; private set; } = "";

    public async Task<IReadOnlyDictionary<string, string>> PrepareAsync(CancellationToken cancellationToken)
    {
        await _engine.NegotiateAsync(cancellationToken);
        var info = await _engine.CallAsync(
            "tell about itself",
            (client, token) => client.System.GetSystemInfoAsync(token),
            cancellationToken
        );
        await _images.LoadHeldAsync(cancellationToken);
        // A daemon may be on another machine, or see another root than we.
        ImagesDirectory = Directory.Exists(info.DockerRootDir) ? info.DockerRootDir : "";
        var engine = $"{(_engine.IsPodman ? "podman" : "docker")} {info.ServerVersion}";
        var groups = info.CgroupVersion is { Length: > 0 } version ? $"v{version}" : "v1"; // Older ones do not tell.
        LogPrepared(engine, _engine.Version, groups, info.CgroupDriver ?? "");
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["agent/cgroups"] = groups,
            ["agent/cgroup-driver"] = info.CgroupDriver ?? "",
            ["agent/engine"] = engine,
            ["agent/engine-api"] = _engine.Version.ToString(),
        };
    }

    public Task<UnpackedImage> EnsureImageAsync(string image, CancellationToken cancellationToken) =>
        _images.EnsureAsync(image, cancellationToken);

    public Task RemoveImageAsync(Sha256Digest image, CancellationToken cancellationToken) =>
        _images.RemoveAsync(image, cancellationToken);

    public async Task StartAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        await _containers.StartAsync(spec, cancellationToken);
        _logs.Follow(spec.ContainerId, spec.LogPath);
    }

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        _containers.ListAsync(cancellationToken);

    public async Task<ContainerStatus> InspectAsync(string containerId, CancellationToken cancellationToken) =>
        await FindAsync(containerId, cancellationToken) is { } found ? found.Status : new ContainerStatus.Absent();

    public async Task<ContainerExit> WaitAsync(string containerId, CancellationToken cancellationToken)
    {
        var exit = await WaitEndAsync(containerId, cancellationToken);
        await _logs.DrainAsync(containerId, cancellationToken);
        return exit is { Code: Killed, IsOutOfMemory: false }
            ? await AskWhyKilledAsync(containerId, exit, cancellationToken)
            : exit;
    }

    public async Task StopAsync(string containerId, ContainerStop stop, CancellationToken cancellationToken)
    {
        // By ourselves, for the daemon counts its grace in whole seconds.
        if (
            await _containers.SignalAsync(containerId, stop.Signal, cancellationToken)
            && !await EndsWithinAsync(containerId, stop.Grace, cancellationToken)
        )
        {
            await KillAsync(containerId, cancellationToken);
        }
    }

    public async Task RemoveAsync(string containerId, CancellationToken cancellationToken)
    {
        if (await FindAsync(containerId, cancellationToken) is { IsRunning: true })
        {
            await KillAsync(containerId, cancellationToken);
        }

        await _logs.DrainAsync(containerId, cancellationToken); // The daemon's copy goes with the container.
        await _containers.RemoveAsync(containerId, cancellationToken);
        _logs.Forget(containerId);
    }

    public async Task CutPowerAsync(CancellationToken cancellationToken)
    {
        var all = await _containers.ListAsync(cancellationToken);
        await Task.WhenAll(all.Select(id => KillAsync(id, cancellationToken)));
    }

    public Task<ContainerUsage?> MeasureAsync(string containerId, CancellationToken cancellationToken) =>
        _commands.MeasureAsync(containerId, cancellationToken);

    public Task<int> ExecuteAsync(string containerId, ContainerExec exec, CancellationToken cancellationToken) =>
        _exec.RunAsync(containerId, exec, cancellationToken);

    public Task CopyInAsync(string containerId, ContainerFile file, CancellationToken cancellationToken) =>
        _commands.CopyInAsync(containerId, file, cancellationToken);

    public void Dispose()
    {
        _logs.Dispose(); // The containers go on, and the daemon keeps what they write for the next agent.
        _images.Dispose();
        _engine.Dispose();
    }

    /// <summary>Whoever meets a container that has a log sees to it that it is written.</summary>
    private async Task<EngineContainer?> FindAsync(string containerId, CancellationToken cancellationToken)
    {
        var found = await _containers.FindAsync(containerId, cancellationToken);
        if (found?.Status is ContainerStatus.Running or ContainerStatus.Ended)
        {
            _logs.Follow(containerId, found.LogPath);
        }

        return found;
    }

    /// <summary>Docker hears of the kernel's kill for memory beside the end, and may tell of it a moment later.</summary>
    private async Task<ContainerExit> AskWhyKilledAsync(
        string containerId,
        ContainerExit exit,
        CancellationToken cancellationToken
    )
    {
        try
        {
            for (var tries = 0; tries < MaxWhyTries; tries++)
            {
                switch (await FindAsync(containerId, cancellationToken))
                {
                    case { HasMemoryLimit: true, Status: ContainerStatus.Ended({ IsOutOfMemory: true } why) }:
                        return why;
                    case { HasMemoryLimit: true, Status: ContainerStatus.Ended }:
                        await Task.Delay(WhyInterval, cancellationToken);
                        break;
                    default:
                        return exit;
                }
            }
        }
        catch (RuntimeFailedException e)
        {
            LogAway(containerId, e.Message);
        }

        return exit;
    }

    private async Task KillAsync(string containerId, CancellationToken cancellationToken)
    {
        if (
            await _containers.SignalAsync(containerId, Libc.SignalKill, cancellationToken)
            && !await EndsWithinAsync(containerId, KillDeadline, cancellationToken)
        )
        {
            throw new RuntimeFailedException("It did not end after SIGKILL.");
        }
    }

    private async Task<bool> EndsWithinAsync(string containerId, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            await WaitEndAsync(containerId, timeout.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>
    /// Asks the daemon to tell, and then looks for itself: a wait may break off, or answer early, and what happened while
    /// the daemon was away is only seen by looking.
    /// </summary>
    private async Task<ContainerExit> WaitEndAsync(string containerId, CancellationToken cancellationToken)
    {
        var delay = FirstDelay;
        int? told = null;
        while (true)
        {
            try
            {
                var found = await FindAsync(containerId, cancellationToken);
                if (found is not { IsRunning: true })
                {
                    return found?.Status is ContainerStatus.Ended(var exit)
                        ? exit
                        : new ContainerExit(told, IsOutOfMemory: false);
                }

                if (told is null)
                {
                    told = await _containers.WaitAsync(containerId, cancellationToken);
                    delay = FirstDelay;
                    continue;
                }

                told = null; // It answered, and yet it runs: asked again, after a while.
            }
            catch (RuntimeFailedException e)
            {
                LogAway(containerId, e.Message);
            }

            await Task.Delay(delay, cancellationToken);
            delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
        }
    }

    [LoggerMessage(LogLevel.Information, "Containers by {Engine}, API {Version}, control groups {Cgroups} {Driver}.")]
    private partial void LogPrepared(string engine, Version version, string cgroups, string driver);

    [LoggerMessage(LogLevel.Warning, "Whether {ContainerId} runs is not known, and asked again: {Reason}")]
    private partial void LogAway(string containerId, string reason);
}

/// <summary>What a runtime with a daemon needs to know.</summary>
internal sealed record DockerSettings
{
    /// <summary>The host's own, which tells its containers from those of other hosts.</summary>
    public required string Directory { get; init; }

    /// <summary>Path of the daemon's Unix socket.</summary>
    public required string Socket { get; init; }

    /// <summary>Directories that are OCI image layouts or hold some.</summary>
    public required IReadOnlyList<string> ImageSources { get; init; }

    /// <summary>A file as <c>docker login</c> writes it; need not exist.</summary>
    public required string CredentialsPath { get; init; }
}
