using System.ComponentModel;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Secrets;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// Carries out what the machine decides, one thing per instance at a time, and tells how it went. Here the world may
/// fail: it becomes a reason in the report, and the machine tries again later.
/// </summary>
internal sealed partial class InstanceRunner(
    HostAgentOptions options,
    IContainerRuntime runtime,
    ImageFetches images,
    ImageUse use,
    InstanceRecords records,
    PortAllocator ports,
    InstanceLogs logs,
    InstanceMounts mounts,
    InstanceSecrets secrets,
    HealthProbe health,
    TimeProvider clock,
    ILogger<InstanceRunner> logger
) : IDisposable
{
    /// <summary>A start takes 50 ms of CPU; more at once only make each one slower.</summary>
    private const int MaxStartsAtOnce = 6;

    private const int SuffixLength = 8;

    /// <summary>As the kernel ends it: 128 and SIGKILL.</summary>
    private const int OutOfMemory = 137;

    private readonly SemaphoreSlim _starts = new(MaxStartsAtOnce, MaxStartsAtOnce);

    /// <param name="wanted">Ends when the start is no longer wanted.</param>
    /// <param name="cancellationToken">Ends when the agent stops.</param>
    public async Task<InstanceEvent> StartAsync(
        InstanceEffect.Start start,
        CancellationToken wanted,
        CancellationToken cancellationToken
    )
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(wanted, cancellationToken);
        try
        {
            return new InstanceEvent.Started(start.Attempt, await StartAsync(start, either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new InstanceEvent.StartFailed(start.Attempt, "no longer wanted", clock.GetUtcNow());
        }
        catch (Exception e) when (IsOfTheWorld(e))
        {
            LogStartFailed(start.Spec.InstanceId, e.Message);
            return new InstanceEvent.StartFailed(start.Attempt, e.Message, clock.GetUtcNow());
        }
    }

    public async Task<InstanceEvent> StopAsync(
        string instanceId,
        InstanceEffect.Stop stop,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (records.Find(instanceId) is { } record)
            {
                await GoOnAsync(record, stop.Pace.PreStop, cancellationToken);
                await runtime.StopAsync(
                    record.ContainerId,
                    new ContainerStop(
                        record.StopSignal == 0 ? Libc.SignalTerminate : record.StopSignal,
                        stop.Pace.Grace
                    ),
                    cancellationToken
                );
                await TakeAwayAsync(record.ContainerId, cancellationToken);
                if (!stop.KeepsRecord)
                {
                    records.Delete(instanceId);
                    use.Change();
                }
            }

            return new InstanceEvent.Stopped();
        }
        catch (Exception e) when (IsOfTheWorld(e))
        {
            LogStopFailed(instanceId, e.Message);
            return new InstanceEvent.StopFailed(e.Message);
        }
    }

    /// <summary>Until the time is over, or it has ended by itself.</summary>
    private async Task GoOnAsync(InstanceRecord record, TimeSpan time, CancellationToken cancellationToken)
    {
        if (time <= TimeSpan.Zero)
        {
            return;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var end = runtime.WaitAsync(record.ContainerId, ending.Token);
        await Task.WhenAny(end, Task.Delay(time, clock, ending.Token));
        await ending.CancelAsync();
        await ((Task)end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public async Task<InstanceEvent> WatchAsync(string instanceId, int attempt, CancellationToken cancellationToken)
    {
        var exit = records.Find(instanceId) is { } record
            ? await runtime.WaitAsync(record.ContainerId, cancellationToken)
            : ContainerExit.Unseen;
        return new InstanceEvent.Exited(attempt, exit.Reason, ToExit(exit));
    }

    public async Task<InstanceEvent> ProbeAsync(
        string instanceId,
        InstanceEffect.Probe probe,
        CancellationToken cancellationToken
    ) =>
        new InstanceEvent.Probed(
            probe.Attempt,
            await CheckAsync(instanceId, probe.Address, probe.Check, cancellationToken)
        );

    public async Task<InstanceEvent> ProbeLifeAsync(
        string instanceId,
        InstanceEffect.ProbeLife probe,
        CancellationToken cancellationToken
    ) =>
        new InstanceEvent.Lived(
            probe.Attempt,
            await CheckAsync(instanceId, probe.Address, probe.Check, cancellationToken)
        );

    public async Task RememberReadyAsync(string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            if (records.Find(instanceId) is { WasReady: false } record)
            {
                await records.SaveAsync(record with { WasReady = true }, cancellationToken);
            }
        }
        catch (Exception e) when (IsOfTheWorld(e))
        {
            LogNotRemembered(instanceId, e.Message); // It will be asked again after a restart of the agent, no more.
        }
    }

    public async Task RememberExitAsync(InstanceEffect.RememberExit ended, CancellationToken cancellationToken)
    {
        var spec = ended.Spec;
        var record =
            records.Find(spec.InstanceId)
            ?? new InstanceRecord // It did not start.
            {
                Spec = spec,
                ContainerId = NewContainerId(spec),
                Port = 0,
                Restarts = 0,
                WasReady = false,
            };
        try
        {
            await records.SaveAsync(
                record with
                {
                    Ended = new EndedInstance(ended.Exit, ended.Reason),
                },
                cancellationToken
            );
        }
        catch (Exception e) when (IsOfTheWorld(e))
        {
            LogExitNotRemembered(spec.InstanceId, e.Message); // It is reported all the same, unless this agent dies.
        }
    }

    /// <summary>As reports tell it, seen just now.</summary>
    public InstanceExit ToExit(ContainerExit exit) =>
        new(exit.IsOutOfMemory ? OutOfMemory : exit.Code ?? InstanceEnding.UnknownExit, clock.GetUtcNow());

    /// <summary>It is gone for good.</summary>
    public void Forget(string instanceId) => ports.Release(instanceId);

    public string AddressOf(InstanceRecord record) =>
        record.Port == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{options.AdvertiseAddress}:{record.Port}");

    public void Dispose() => _starts.Dispose();

    private async Task<string?> CheckAsync(
        string instanceId,
        string address,
        AssignedHealthCheck check,
        CancellationToken cancellationToken
    ) =>
        records.Find(instanceId) is { } record
            ? await health.CheckAsync(new Checked(record.ContainerId, address), check, cancellationToken)
            : "it has just been taken away";

    private async Task<string> StartAsync(InstanceEffect.Start start, CancellationToken cancellationToken)
    {
        var spec = start.Spec;
        if (records.Find(spec.InstanceId) is { } earlier)
        {
            await TakeAwayAsync(earlier.ContainerId, cancellationToken);
            records.Delete(spec.InstanceId);
        }

        // Until the record tells of it.
        using var taken = await use.TakeAsync(spec.Image, cancellationToken);
        var image = await images.EnsureAsync(spec.Image, cancellationToken);
        await _starts.WaitAsync(cancellationToken);
        try
        {
            var record = new InstanceRecord
            {
                Spec = spec,
                ContainerId = NewContainerId(spec),
                Port = PortOf(start),
                StopSignal = StopSignals.Of(spec, image.Config),
                Restarts = start.Restarts,
                WasReady = false,
            };
            await records.SaveAsync(record, cancellationToken);
            await runtime.StartAsync(
                ContainerSpecs.Of(record, image, options, logs, mounts, secrets),
                cancellationToken
            );
            return AddressOf(record);
        }
        finally
        {
            _starts.Release();
        }
    }

    private int PortOf(InstanceEffect.Start start)
    {
        var spec = start.Spec;
        if (spec.HostPorts is not [var port, ..])
        {
            return spec.Port == 0 ? 0 : ports.Take(spec.InstanceId, start.MayKeepPort);
        }

        ports.Adopt(spec.InstanceId, port); // So that nobody else is given it.
        return spec.Port == 0 ? 0 : port;
    }

    private async Task TakeAwayAsync(string containerId, CancellationToken cancellationToken)
    {
        await runtime.RemoveAsync(containerId, cancellationToken);
        mounts.Delete(containerId);
        secrets.Delete(containerId);
    }

    private static string NewContainerId(AssignedInstance spec) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{spec.InstanceId}.{spec.Generation}.{Guid.NewGuid().ToString("N")[..SuffixLength]}"
        );

    /// <summary>What a machine can do to us; everything else is a bug of ours and ends the agent.</summary>
    internal static bool IsOfTheWorld(Exception exception) =>
        exception
            is RuntimeFailedException
                or ImageRefusedException
                or IOException
                or UnauthorizedAccessException
                or TimeoutException
                or Win32Exception;

    [LoggerMessage(LogLevel.Warning, "{InstanceId} did not start: {Reason}")]
    private partial void LogStartFailed(string instanceId, string reason);

    [LoggerMessage(LogLevel.Warning, "{InstanceId} could not be stopped: {Reason}")]
    private partial void LogStopFailed(string instanceId, string reason);

    [LoggerMessage(LogLevel.Error, "How {InstanceId} ended could not be written down: {Reason}")]
    private partial void LogExitNotRemembered(string instanceId, string reason);

    [LoggerMessage(LogLevel.Warning, "That {InstanceId} was ready could not be written down: {Reason}")]
    private partial void LogNotRemembered(string instanceId, string reason);
}
