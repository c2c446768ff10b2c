using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>
/// Containers by Garden, Cloud Foundry's container daemon. It has no events and does not tell which processes run, so
/// each container's one process is followed on a connection of its own (<see cref="GardenWatch"/>).
/// </summary>
internal sealed partial class GardenRuntime : IContainerRuntime
{
    /// <summary>Their handles have to fit into one URL.</summary>
    private const int MaxInfosAtOnce = 64;

    private const int MaxKillsAtOnce = 8;
    private const int HashLength = 16;
    private const long BytesPerMebibyte = 1024 * 1024;

    private readonly GardenSettings _settings;
    private readonly ImageStore _images;
    private readonly ILogger<GardenRuntime> _logger;
    private readonly GardenClient _client;
    private readonly GardenStreams _streams;
    private readonly GardenNotes _notes;
    private readonly GardenRootfs _rootfs;
    private readonly GardenWatches _watches;
    private readonly GardenEnding _ending;

    /// <summary>Two hosts of one machine may have the same name, but never the same directory.</summary>
    private readonly string _host;

    public GardenRuntime(
        GardenSettings settings,
        string directory,
        ImageStore images,
        TimeProvider clock,
        ILogger<GardenRuntime> logger
    )
    {
        _settings = settings;
        _images = images;
        _logger = logger;
        _client = new GardenClient(settings.Address);
        _streams = new GardenStreams(settings.Address);
        _notes = new GardenNotes(Path.Combine(directory, "containers"));
        _rootfs = new GardenRootfs(
            settings.Rootfs,
            settings.Depot.Length > 0 ? settings.Depot : Path.Combine(directory, "rootfs")
        );
        _watches = new GardenWatches(_client, _streams, _notes, clock, logger);
        _ending = new GardenEnding(_client, _streams);
        _host = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..HashLength];
    }

    public string Name => "garden";

    public LogFormat LogFormat => LogFormat.Tagged;

    public HeldImages Images => _images.Held;

    public async Task<IReadOnlyDictionary<string, string>> PrepareAsync(CancellationToken cancellationToken)
    {
        _notes.Prepare();
        _rootfs.Prepare();
        await _client.PingAsync(cancellationToken);
        var capacity = await _client.ReadCapacityAsync(cancellationToken);
        LogPrepared(_settings.Address.Text, capacity.MaxContainers, _rootfs.Kind);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["agent/rootfs"] = _rootfs.Kind,
            ["agent/garden-memory-mebibytes"] = Text(capacity.MemoryBytes / BytesPerMebibyte),
            ["agent/garden-disk-mebibytes"] = Text(capacity.DiskBytes / BytesPerMebibyte),
            ["agent/garden-max-containers"] = Text(capacity.MaxContainers),
        };

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    public Task<UnpackedImage> EnsureImageAsync(string image, CancellationToken cancellationToken) =>
        _images.EnsureAsync(image, cancellationToken);

    public Task RemoveImageAsync(Sha256Digest image, CancellationToken cancellationToken) =>
        _images.RemoveAsync(image, cancellationToken);

    public async Task StartAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        GardenRequests.CheckSignal(spec);
        var limits = GardenRequests.LimitsOf(spec);
        var command = ContainerCommand.Of(spec);
        var handle = GardenNotes.HandleOf(spec.ContainerId);
        var note = new GardenNote
        {
            ContainerId = spec.ContainerId,
            LogPath = spec.LogPath,
            User = GardenRequests.UserOf(spec.Image, _rootfs.IsOfImage),
            WorkingDirectory = command.WorkingDirectory,
            IsStarted = false,
        };
        await _notes.SaveAsync(note, cancellationToken);
        var rootfs = await _rootfs.MakeAsync(handle, spec.Image, cancellationToken);

        // From here on nothing is cancelled: Garden goes on with what we gave up, and would have it behind our back.
        await _client.CreateAsync(GardenRequests.Container(spec, command, _host, rootfs), CancellationToken.None);
        if (spec.Port != 0)
        {
            await _client.MapPortAsync(handle, spec.Port, CancellationToken.None);
        }

        var process = await _streams.RunAsync(
            handle,
            GardenRequests.Program(GardenRequests.MainProcess, command.Arguments, note) with
            {
                Limits = limits,
                Environment = [.. spec.SecretVariables.Select(pair => $"{pair.Key}={pair.Value}")],
            },
            CancellationToken.None
        );
        _watches.Begin(handle, note, process); // First: if the disk is full, the process is not left alone.
        await _notes.UpdateAsync(handle, found => found with { IsStarted = true }, CancellationToken.None);
    }

    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var ids = _notes.All.ToDictionary(
            note => GardenNotes.HandleOf(note.ContainerId),
            note => note.ContainerId,
            StringComparer.Ordinal
        );
        var handles = await _client.ListAsync(GardenRequests.HostProperty, _host, cancellationToken);
        var unknown = handles.Where(handle => !ids.ContainsKey(handle)).ToList();
        foreach (var some in unknown.Chunk(MaxInfosAtOnce))
        {
            var infos = await _client.FindAsync(some, cancellationToken);
            foreach (var handle in some)
            {
                // A handle is its own handle: what lost its name can be taken away all the same.
                ids[handle] =
                    infos
                        .GetValueOrDefault(handle)
                        ?.Info?.Properties?.GetValueOrDefault(GardenRequests.ContainerProperty)
                    ?? handle;
            }
        }

        return [.. ids.Values.Order(StringComparer.Ordinal)];
    }

    public async Task<ContainerStatus> InspectAsync(string containerId, CancellationToken cancellationToken)
    {
        var handle = GardenNotes.HandleOf(containerId);
        if (await _client.FindAsync(handle, cancellationToken) is not { } info)
        {
            return new ContainerStatus.Absent();
        }

        var watch = _watches.Of(handle);
        await watch.SettleAsync(info, cancellationToken);
        if (!watch.Ended.IsCompleted)
        {
            return info.IsStopped ? new ContainerStatus.Ended(ContainerExit.Unseen) : new ContainerStatus.Running();
        }

        if (await watch.Ended is GardenOutcome.Ended(var exit))
        {
            return new ContainerStatus.Ended(exit);
        }

        _watches.Forget(handle, watch);
        return _notes.Find(handle) is { IsStarted: true }
            ? new ContainerStatus.Ended(ContainerExit.Unseen)
            : new ContainerStatus.Absent();
    }

    public async Task<ContainerExit> WaitAsync(string containerId, CancellationToken cancellationToken)
    {
        var handle = GardenNotes.HandleOf(containerId);
        var watch = _watches.Of(handle);
        if (await watch.Ended.WaitAsync(cancellationToken) is GardenOutcome.Ended(var exit))
        {
            return exit;
        }

        _watches.Forget(handle, watch);
        return ContainerExit.Unseen;
    }

    public Task StopAsync(string containerId, ContainerStop stop, CancellationToken cancellationToken)
    {
        var handle = GardenNotes.HandleOf(containerId);
        return _ending.StopAsync(handle, _watches.Of(handle), stop.Grace, cancellationToken);
    }

    public async Task RemoveAsync(string containerId, CancellationToken cancellationToken)
    {
        var handle = GardenNotes.HandleOf(containerId);
        await _ending.DestroyAsync(handle, cancellationToken);
        if (_watches.Find(handle) is { } watch)
        {
            // It sees the end by itself, and whoever waits for the container learns it.
            await watch.EndsWithinAsync(GardenEnding.KillDeadline, cancellationToken);
            _watches.Forget(handle, watch);
        }

        _rootfs.Delete(handle);
        await _notes.DeleteAsync(handle, cancellationToken);
    }

    public async Task CutPowerAsync(CancellationToken cancellationToken) =>
        await Parallel.ForEachAsync(
            await _client.ListAsync(GardenRequests.HostProperty, _host, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = MaxKillsAtOnce, CancellationToken = cancellationToken },
            async (handle, token) =>
            {
                try
                {
                    await _client.KillAsync(handle, token);
                }
                catch (RuntimeFailedException e) when (GardenRefusedException.IsReasonOf(e))
                {
                    // It is just being made or destroyed.
                }
            }
        );

    /// <summary>What a container holds now and has used; null if it does not run or the runtime cannot tell.</summary>
    public async Task<ContainerUsage?> MeasureAsync(string containerId, CancellationToken cancellationToken)
    {
        if (await InspectAsync(containerId, cancellationToken) is not ContainerStatus.Running)
        {
            return null;
        }

        try
        {
            var metrics = await _client.MeasureAsync(GardenNotes.HandleOf(containerId), cancellationToken);
            return metrics is { Cpu: { } cpu, Memory: { } memory }
                ? new ContainerUsage
                {
                    CpuTime = TimeSpan.FromTicks((long)(cpu.UsedNanoseconds / TimeSpan.NanosecondsPerTick)),
                    MemoryBytes = (long)Math.Min(long.MaxValue, memory.UsedBytes),
                    Tasks = (int?)metrics.Processes?.Current,
                }
                : null;
        }
        catch (RuntimeFailedException e) when (GardenRefusedException.IsReasonOf(e))
        {
            return null; // It has just ended.
        }
    }

    /// <summary>
    /// Runs a program in a running container; returns its exit code. Output and errors are written as they come. Input is
    /// text: bytes that are not UTF-8 do not get through Garden.
    /// </summary>
    /// <exception cref="RuntimeFailedException">The container does not run, or the program cannot be started.</exception>
    public async Task<int> ExecuteAsync(string containerId, ContainerExec exec, CancellationToken cancellationToken)
    {
        var (handle, note) = await RequireRunningAsync(containerId, cancellationToken);
        return await new GardenVisit(_streams, handle, note).RunAsync(exec, cancellationToken);
    }

    public async Task CopyInAsync(string containerId, ContainerFile file, CancellationToken cancellationToken)
    {
        var (handle, _) = await RequireRunningAsync(containerId, cancellationToken);
        await PipedArchive.SendAsync(
            file,
            archive => _client.CopyInAsync(handle, file.Directory, archive, cancellationToken),
            cancellationToken
        );
    }

    public void Dispose()
    {
        _watches.Dispose();
        _notes.Dispose();
        _client.Dispose();
    }

    private async Task<(string Handle, GardenNote Note)> RequireRunningAsync(
        string containerId,
        CancellationToken cancellationToken
    )
    {
        var handle = GardenNotes.HandleOf(containerId);
        return
            await InspectAsync(containerId, cancellationToken) is ContainerStatus.Running
            && _notes.Find(handle) is { } note
            ? (handle, note)
            : throw new RuntimeFailedException("The container does not run.");
    }

    [LoggerMessage(LogLevel.Information, "Containers by Garden at {Address}, at most {Max}, each on a {Rootfs} image.")]
    private partial void LogPrepared(string address, long max, string rootfs);
}
