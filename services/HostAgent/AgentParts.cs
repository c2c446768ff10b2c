using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Reporting;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Docker;
using Orchestrator.HostAgent.Runtimes.Garden;
using Orchestrator.HostAgent.Runtimes.Oci;
using Orchestrator.HostAgent.Runtimes.Processes;
using Orchestrator.HostAgent.Runtimes.Rkt;
using Orchestrator.HostAgent.Secrets;

namespace Orchestrator.HostAgent;

/// <summary>What an agent has below its data directory, and what holds something open: made first, disposed last.</summary>
internal sealed partial class AgentParts : IDisposable
{
    /// <summary>Most of a stop is waiting.</summary>
    private const int MaxStopsAtOnce = 32;

    /// <summary>Inspecting calls a program per instance.</summary>
    private const int MaxInspectionsAtOnce = 4;

    /// <summary>Whoever stops us does not wait for ever.</summary>
    private static readonly TimeSpan StopAllWithin = TimeSpan.FromSeconds(20);

    private readonly ExitWatch _exits = new();
    private readonly HealthProbe _health;
    private readonly ImageStore _images;
    private readonly PortAllocator _ports;
    private readonly InstanceMounts _mounts;
    private readonly HostKey _key;
    private readonly InstanceSecrets _secrets;
    private readonly ILogger _logger;

    public AgentParts(HostAgentOptions options, HostDirectory directory, ILoggerFactory loggers, TimeProvider clock)
    {
        _logger = loggers.CreateLogger<AgentParts>();
        _images = new ImageStore(directory.Images, [.. options.ImageSources], UnpackLimits.Default);
        Records = new InstanceRecords(directory.Records, loggers.CreateLogger<InstanceRecords>());
        Use = new ImageUse(() => Records.All.Values.Select(record => record.Spec.Image));
        _ports = new PortAllocator(options.PortRangeFrom, options.PortRangeTo);
        Runtime = NewRuntime(options, directory.RuntimeDirectory(options.Runtime), loggers, clock);
        _health = new HealthProbe(Runtime, clock);
        Logs = new InstanceLogs(directory.Logs, Runtime.LogFormat);
        LogReader = new LogReader(Logs);
        _mounts = new InstanceMounts(directory, [.. options.AllowedHostPaths]);
        _key = HostKey.Open(directory.Key);
        _secrets = new InstanceSecrets(_key, SecretsPlace.Of(options));
        Fetches = new ImageFetches(
            async (image, token) =>
            {
                using var taken = await Use.TakeAsync(image, token);
                return await Runtime.EnsureImageAsync(image, token);
            },
            () => Runtime.Images.Newest(),
            DiskFloor.Of(options.DataDirectory, options.PrefetchFloorMebibytes),
            clock,
            loggers.CreateLogger<ImageFetches>()
        );
        Collector = new ImageCollector(
            Runtime,
            Use,
            options.ToImageKeeping(),
            () => UsedPercent(Runtime.ImagesDirectory is { Length: > 0 } path ? path : options.DataDirectory),
            clock,
            loggers.CreateLogger<ImageCollector>()
        );
        Orphans = new OrphanWatch(Runtime, Records, clock, loggers.CreateLogger<OrphanWatch>());
        Runner = new InstanceRunner(
            options,
            Runtime,
            Fetches,
            Use,
            Records,
            _ports,
            Logs,
            _mounts,
            _secrets,
            _health,
            clock,
            loggers.CreateLogger<InstanceRunner>()
        );
    }

    public IContainerRuntime Runtime { get; }

    public ImageFetches Fetches { get; }

    public ImageUse Use { get; }

    public ImageCollector Collector { get; }

    public OrphanWatch Orphans { get; }

    public InstanceLogs Logs { get; }

    public LogReader LogReader { get; }

    public InstanceRecords Records { get; }

    public InstanceRunner Runner { get; }

    public HostFacts ReadFacts(HostAgentOptions options, IReadOnlyDictionary<string, string> runtimeLabels) =>
        HostCapacity.Read(options, Runtime.Name, runtimeLabels) with
        {
            SecretsKey = _key.PublicKey,
        };

    /// <summary>
    /// What the host has of each instance from before, by instance. Containers that no record tells of, such as those of
    /// a start that a power cut interrupted, are taken away.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, Adoptable>> FindAsync(CancellationToken cancellationToken)
    {
        await Records.LoadAsync(cancellationToken);
        var known = Records.All.Values.Select(record => record.ContainerId).ToHashSet(StringComparer.Ordinal);
        foreach (var orphan in (await Runtime.ListAsync(cancellationToken)).Where(id => !known.Contains(id)))
        {
            LogOrphan(orphan);
            await Runtime.RemoveAsync(orphan, cancellationToken);
        }

        _mounts.Sweep(known);
        _secrets.Sweep(known);

        var found = new System.Collections.Concurrent.ConcurrentDictionary<string, Adoptable>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            Records.All,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = MaxInspectionsAtOnce,
                CancellationToken = cancellationToken,
            },
            async (pair, token) => found[pair.Key] = await FindAsync(pair.Value, token)
        );
        return found;
    }

    /// <summary>
    /// Stops every instance as its own grace says and takes it away, so that the next agent starts it anew. What does not
    /// go in time loses its power.
    /// </summary>
    public async Task StopAllAsync()
    {
        using var late = new CancellationTokenSource(StopAllWithin);
        try
        {
            await Parallel.ForEachAsync(
                Records.All.Values,
                new ParallelOptions { MaxDegreeOfParallelism = MaxStopsAtOnce, CancellationToken = late.Token },
                async (record, token) =>
                    await Runner.StopAsync(
                        record.Spec.InstanceId,
                        new InstanceEffect.Stop(
                            StopPace.Failed(record.Spec),
                            KeepsRecord: record.Ended is not null // Its end is yet to be reported.
                        ),
                        token
                    )
            );
        }
        catch (OperationCanceledException)
        {
            LogNotStopped(StopAllWithin.TotalSeconds);
        }

        await Runtime.CutPowerAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        Runner.Dispose();
        Runtime.Dispose();
        _images.Dispose();
        _health.Dispose();
        _key.Dispose();
        _exits.Dispose();
    }

    private static double UsedPercent(string path)
    {
        const double all = 100;
        var disk = new DriveInfo(path);
        return all - (all * disk.AvailableFreeSpace / Math.Max(1, disk.TotalSize));
    }

    private IContainerRuntime NewRuntime(
        HostAgentOptions options,
        string directory,
        ILoggerFactory loggers,
        TimeProvider clock
    ) =>
        options.Runtime switch
        {
            "garden" => new GardenRuntime(
                options.ToGarden(),
                directory,
                _images,
                clock,
                loggers.CreateLogger<GardenRuntime>()
            ),
            "rkt" => new RktRuntime(options.ToRkt(), directory, _images, _exits, loggers.CreateLogger<RktRuntime>()),
            "oci" => new OciRuntime(
                directory,
                new MemoryPlace(SecretsPlace.Of(options) + ".oci"),
                _images,
                _exits,
                loggers.CreateLogger<OciRuntime>()
            ),
            "docker" => new DockerRuntime(
                new DockerSettings
                {
                    Directory = directory,
                    Socket = options.DockerSocket,
                    ImageSources = [.. options.ImageSources],
                    CredentialsPath = RegistryCredentials.DefaultPath,
                },
                loggers.CreateLogger<DockerRuntime>()
            ),
            _ => new ProcessRuntime(directory, _images, _exits),
        };

    private async ValueTask<Adoptable> FindAsync(InstanceRecord record, CancellationToken cancellationToken)
    {
        if (record.Port != 0)
        {
            _ports.Adopt(record.Spec.InstanceId, record.Port);
        }

        var status = await Runtime.InspectAsync(record.ContainerId, cancellationToken);
        var ended = status is ContainerStatus.Ended(var exit) ? exit : null;
        return new Adoptable
        {
            Spec = record.Spec,
            Address = Runner.AddressOf(record),
            IsRunning = status is ContainerStatus.Running,
            Reason = record.Ended?.Reason ?? (ended is null ? "did not come to run" : ended.Reason),
            Exit = record.Ended?.Exit ?? (ended is null ? null : Runner.ToExit(ended)),
            WasReady = record.WasReady,
            Restarts = record.Restarts,
        };
    }

    [LoggerMessage(LogLevel.Warning, "Not everything has stopped within {Seconds} s; the rest is killed.")]
    private partial void LogNotStopped(double seconds);

    [LoggerMessage(LogLevel.Warning, "The container {ContainerId} belongs to no instance and is taken away.")]
    private partial void LogOrphan(string containerId);
}
