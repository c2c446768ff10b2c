using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// Containers by rkt, each a pod with one app. There is no daemon, and rkt's fly tells no exit code; so a shell of ours
/// stays with each pod (<see cref="RktLaunch"/>). Pods live in a data directory of our own, so all that is in it is ours.
/// </summary>
internal sealed partial class RktRuntime : IContainerRuntime
{
    private const int HashLength = 12;

    private readonly RktSettings _settings;
    private readonly ImageStore _images;
    private readonly ExitWatch _exits;
    private readonly ILogger<RktRuntime> _logger;
    private readonly string _containers;

    /// <summary>Two hosts of one machine may have the same name, but never the same directory.</summary>
    private readonly string _host;

    private readonly RktCommands _rkt;
    private readonly RktImages _rktImages;
    private readonly RktPods _pods;
    private readonly RktProcesses _processes;
    private readonly RktPreparation _preparation;
    private readonly RktEnding _ending;
    private string _setsid = "";
    private CgroupSupport? _cgroups;

    public RktRuntime(
        RktSettings settings,
        string directory,
        ImageStore images,
        ExitWatch exits,
        ILogger<RktRuntime> logger
    )
    {
        _settings = settings;
        _images = images;
        _exits = exits;
        _logger = logger;
        _containers = Path.Combine(directory, "containers");
        _host = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..HashLength];
        _rkt = new RktCommands(settings, Path.Combine(directory, "data"));
        _rktImages = new RktImages(_rkt, Path.Combine(directory, "images"));
        _processes = new RktProcesses(_host, _rkt.DataDirectory, exits);
        _pods = new RktPods(_rkt, _processes);
        _preparation = new RktPreparation(_rkt, _rktImages);
        _ending = new RktEnding(_rkt, _pods, _processes, exits);
    }

    public string Name => "rkt";

    public LogFormat LogFormat => LogFormat.Plain;

    public HeldImages Images => _images.Held;

    private string CgroupPrefix => $"orchestrator-rkt-{_host}-";

    private CgroupSupport Cgroups => _cgroups ?? throw new InvalidOperationException("Prepare comes first.");

    public async Task<IReadOnlyDictionary<string, string>> PrepareAsync(CancellationToken cancellationToken)
    {
        if (Libc.EffectiveUserId != 0)
        {
            throw new RuntimeFailedException("The rkt runtime needs root; the process runtime does not.");
        }

        await CheckOpenFilesAsync(cancellationToken);
        _setsid =
            Tool.Find("setsid")
            ?? throw new RuntimeFailedException("The rkt runtime needs setsid (util-linux), which is not here.");
        Directory.CreateDirectory(_containers);
        Directory.CreateDirectory(_rkt.DataDirectory);
        _rktImages.Prepare();
        var version = RktVersion.Of(await _rkt.AskAsync(["version"], cancellationToken));
        _cgroups = CgroupSupport.Detect(CgroupPrefix + "probe");
        RktCgroup.Enable(Cgroups);
        RktCgroup.Sweep(
            Cgroups,
            CgroupPrefix,
            Begun().Select(container => container.Cgroup.Name).ToHashSet(StringComparer.Ordinal)
        );
        if (!Cgroups.CanLimit)
        {
            LogWithoutLimits();
        }

        LogPrepared(version, _settings.Flavour, Cgroups.Version);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["agent/rkt"] = version,
            ["agent/stage1"] = _settings.Flavour,
            ["agent/cgroups"] = Cgroups.Version,
        };
    }

    public Task<UnpackedImage> EnsureImageAsync(string image, CancellationToken cancellationToken) =>
        _images.EnsureAsync(image, cancellationToken);

    public async Task RemoveImageAsync(Sha256Digest image, CancellationToken cancellationToken)
    {
        if (await _images.FindAsync(image, cancellationToken) is { } unpacked)
        {
            await _rktImages.RemoveAsync(unpacked, cancellationToken);
        }

        await _images.RemoveAsync(image, cancellationToken);
    }

    public async Task StartAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        CheckAble(spec);
        var limits = LimitNames.Prefix(spec.Limits);
        var command = ContainerCommand.Of(spec);
        var container = Of(spec.ContainerId);
        var hasShell = RktCommandLine.HasProgram(spec.Image.RootDirectory, RktExec.Shell);
        await container.Files.BeginAsync(new RktNote(command.Environment, hasShell), cancellationToken);
        var pod = await _preparation.RunAsync(container, spec, command, cancellationToken);
        await container.Files.SavePodAsync(pod, cancellationToken);
        container.Cgroup.Create(spec);

        // From here on nothing is cancelled: half a launch would have to be looked for.
        await RktLaunch.StartAsync(
            _rkt,
            _settings,
            new RktLaunchContext
            {
                Container = container,
                LogPath = spec.LogPath,
                Pod = pod,
                Setsid = _setsid,
                Limits = limits,
                HasEntered = () => !_settings.IsFly || _processes.HasEntered(pod),
            },
            CancellationToken.None
        );
    }

    /// <summary>Those that were begun, and pods that none of them tells of: such a pod goes by its own name.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var begun = Begun().Select(container => container.Files).ToList();
        var unknown = RktPods.WithoutOwner(await _pods.ListAsync(cancellationToken), begun);
        return
        [
            .. begun
                .Select(files => files.ContainerId)
                .Concat(unknown.Select(pod => pod.Name))
                .Order(StringComparer.Ordinal),
        ];
    }

    public async Task<ContainerStatus> InspectAsync(string containerId, CancellationToken cancellationToken)
    {
        var container = Of(containerId);
        var supervisor = container.Files.ReadSupervisor();
        if (supervisor is { IsAlive: true })
        {
            return new ContainerStatus.Running();
        }

        // Only now: the supervisor writes it just before it ends.
        if (container.Files.ReadExitCode() is not null)
        {
            return new ContainerStatus.Ended(container.ReadExit());
        }

        return
            supervisor is not null
            && container.Files.ReadPod() is { } name
            && await _pods.FindAsync(name, cancellationToken) is not { IsRunning: true }
            ? new ContainerStatus.Ended(ContainerExit.Unseen)
            // Never launched, or running with nobody to take its output and exit code.
            : new ContainerStatus.Absent();
    }

    public async Task<ContainerExit> WaitAsync(string containerId, CancellationToken cancellationToken)
    {
        var container = Of(containerId);
        if (container.Files.FindSupervisor() is { } supervisor)
        {
            await _exits.WaitAsync(supervisor, cancellationToken);
        }

        return container.ReadExit();
    }

    public Task StopAsync(string containerId, ContainerStop stop, CancellationToken cancellationToken) =>
        _ending.StopAsync(Of(containerId), stop, cancellationToken);

    public Task<ContainerUsage?> MeasureAsync(string containerId, CancellationToken cancellationToken) =>
        Task.FromResult(
            Of(containerId) is { } one && one.Files.FindSupervisor() is not null ? one.Cgroup.Measure() : null
        );

    public Task<int> ExecuteAsync(string containerId, ContainerExec exec, CancellationToken cancellationToken)
    {
        var container = Of(containerId);
        var files = container.Files;
        if (files.FindSupervisor() is null || files.ReadPod() is not { } pod || files.ReadNote() is not { } note)
        {
            throw new RuntimeFailedException("It does not run.");
        }

        if (_settings.IsFly && !_processes.HasEntered(pod))
        {
            throw new RuntimeFailedException("Its program has not begun yet.");
        }

        return RktExec.RunAsync(_rkt, new RktEntry(container, pod, note), exec, cancellationToken);
    }

    public Task CopyInAsync(string containerId, ContainerFile file, CancellationToken cancellationToken) =>
        RktCopy.RunAsync((exec, token) => ExecuteAsync(containerId, exec, token), file, cancellationToken);

    public Task RemoveAsync(string containerId, CancellationToken cancellationToken) =>
        _ending.RemoveAsync(Of(containerId), cancellationToken);

    public Task CutPowerAsync(CancellationToken cancellationToken) => _ending.CutPowerAsync(Begun(), cancellationToken);

    public void Dispose() => _rktImages.Dispose(); // The pods belong to their supervisors.

    private RktContainer Of(string containerId) =>
        new(
            new RktFiles(containerId, Path.Combine(_containers, containerId)),
            new RktCgroup(Cgroups, CgroupPrefix + containerId),
            $"{_host}/{containerId}"
        );

    private IReadOnlyList<RktContainer> Begun() =>
        [.. Directory.EnumerateDirectories(_containers).Select(path => Of(Path.GetFileName(path)))];

    /// <exception cref="RuntimeFailedException">This rkt cannot run it as it is to be run.</exception>
    private void CheckAble(ContainerSpec spec)
    {
        LimitNames.CheckKnown(spec.Limits);
        ContainerCommand.RefuseSecretVariables(spec, "rkt is told variables on its command line, which everybody sees");
        if (spec.Port != 0 && _settings.Network != RktSettings.HostNetwork)
        {
            throw new RuntimeFailedException(
                $"It answers on port {spec.Port}, which nobody reaches on the network '{_settings.Network}'; Agent:RktNetwork must be 'host'."
            );
        }

        if (_settings.IsFly && spec.HasInit)
        {
            throw new RuntimeFailedException(
                "It asks for an init, and rkt's fly gives a pod no processes of its own to be the first of; use another stage1."
            );
        }

        if (!_settings.IsFly && spec.StopSignal is not (null or Libc.SignalTerminate or Libc.SignalKill))
        {
            throw new RuntimeFailedException(
                "rkt sends SIGTERM and SIGKILL and no other signal, but for its fly; leave 'stopSignal' out."
            );
        }
    }

    /// <summary>Asked for above the hard limit, it would fail at every start.</summary>
    private async Task CheckOpenFilesAsync(CancellationToken cancellationToken)
    {
        var count = _settings.OpenFiles.ToString(CultureInfo.InvariantCulture);
        if (_settings.OpenFiles > 0)
        {
            var tried = await Tool.RunAsync("/bin/sh", ["-c", "ulimit -n \"$1\"", "try", count], cancellationToken);
            if (!tried.HasSucceeded)
            {
                throw new RuntimeFailedException(
                    $"Agent:RktOpenFiles is {count}, which this machine does not grant: {tried.Errors.Trim()}"
                );
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Containers by rkt {Version}, stage1 {Flavour}, control groups {Cgroups}.")]
    private partial void LogPrepared(string version, string flavour, string cgroups);

    [LoggerMessage(LogLevel.Warning, "Control groups cannot be used here: CPU and memory limits are not enforced.")]
    private partial void LogWithoutLimits();
}
