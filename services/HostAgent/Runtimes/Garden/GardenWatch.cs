using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orchestrator.HostAgent.Logs;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>
/// Follows the process of one container to its end and writes down what it prints. A lost connection is not an end: it
/// attaches again, however long Garden is away.
/// </summary>
internal sealed partial class GardenWatch(
    GardenStreams streams,
    string handle,
    TaggedLog? log,
    Func<int, CancellationToken, Task<ContainerExit>> conclude,
    ILogger logger
) : IDisposable
{
    /// <summary>How a process ended that has ended is told at once; of one that runs, nothing ever comes.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan AttachDeadline = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    /// <summary>Once a process has ended, Garden hands out the rest of its output at once.</summary>
    private static readonly TimeSpan OutputDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Nor does what a broken connection has brought take longer; the process is attached to again then.</summary>
    private static readonly TimeSpan BrokenOutputDeadline = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Refusals without a type may be anything, also a Garden that is just starting; with the growing delay between them
    /// this is half a minute.
    /// </summary>
    private const int MaxRefusals = 12;

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<long> _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<GardenOutcome> _ended = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    public Task<GardenOutcome> Ended => _ended.Task;

    /// <summary>Follows a process that was just started, or else the one that the container has.</summary>
    public void Begin(GardenProcess? started) =>
        // It ends with Ended; what it could throw is a bug, and whoever awaits that sees it.
        _ = Task.Run(
            async () =>
            {
                try
                {
                    _ended.TrySetResult(await FollowAsync(started, _stopping.Token));
                }
                catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
                {
                    _ended.TrySetCanceled(CancellationToken.None);
                }
                catch (Exception e)
                {
                    _ended.TrySetException(e);
                }

                _attached.TrySetResult(Stopwatch.GetTimestamp());
                log?.Dispose();
            },
            CancellationToken.None
        );

    /// <summary>For one whose end is known from before.</summary>
    public void End(ContainerExit exit)
    {
        _ended.SetResult(new GardenOutcome.Ended(exit));
        _attached.SetResult(Stopwatch.GetTimestamp());
    }

    /// <summary>Waits until it is clear whether the process runs, as far as that can be.</summary>
    public async Task SettleAsync(GardenInfo info, CancellationToken cancellationToken)
    {
        var attached = await AttachedAsync(cancellationToken);
        var patience = info.IsStopped ? GardenEnding.KillDeadline : SettleTime - Stopwatch.GetElapsedTime(attached);
        if (patience > TimeSpan.Zero)
        {
            await EndsWithinAsync(patience, cancellationToken);
        }
    }

    /// <summary>When Garden has first handed the process over, as a timestamp; or it has ended before.</summary>
    public async Task<long> AttachedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _attached.Task.WaitAsync(AttachDeadline, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new RuntimeFailedException($"Garden did not hand over its process within {AttachDeadline}.", e);
        }
    }

    public async Task<bool> EndsWithinAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await ((Task)Ended).WaitAsync(time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return Ended.IsCompleted;
    }

    /// <summary>Only the watching ends: the process runs on.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _ = _ended.Task.ContinueWith(_ => _stopping.Dispose(), TaskScheduler.Default);
    }

    private async Task<GardenOutcome> FollowAsync(GardenProcess? started, CancellationToken cancellationToken)
    {
        var delay = FirstDelay;
        var refusals = 0;
        while (true)
        {
            var begun = Stopwatch.GetTimestamp();
            try
            {
                var process =
                    started ?? await streams.AttachAsync(handle, GardenRequests.MainProcess, cancellationToken);
                var hasInput = started is not null;
                started = null;
                _attached.TrySetResult(Stopwatch.GetTimestamp());
                var status = await ReadToEndAsync(process, hasInput, cancellationToken);
                return new GardenOutcome.Ended(await conclude(status, cancellationToken));
            }
            catch (RuntimeFailedException e) when (GardenRefusedException.IsMissingReasonOf(e))
            {
                return new GardenOutcome.Missing();
            }
            catch (RuntimeFailedException e) when (GardenRefusedException.IsLastingReasonOf(e))
            {
                refusals++;
                if (refusals >= MaxRefusals)
                {
                    LogGivenUp(handle, e.Message);
                    return new GardenOutcome.Missing();
                }

                LogLost(handle, e.Message);
            }
            catch (Exception e) when (e is RuntimeFailedException or IOException or InvalidDataException)
            {
                LogLost(handle, e.Message);
            }

            // One that held for long was well: only quick failures in a row wait longer and longer.
            delay = Stopwatch.GetElapsedTime(begun) > MaxDelay ? FirstDelay : delay;
            await Task.Delay(delay, cancellationToken);
            delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
        }
    }

    /// <summary>Its exit status. Returns when what it printed is in the log, and closes the connection.</summary>
    private async Task<int> ReadToEndAsync(GardenProcess process, bool hasInput, CancellationToken cancellationToken)
    {
        using var copying = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hasEnded = new TaskCompletionSource();
        var patience = BrokenOutputDeadline;
        var copies = Task.WhenAll(
            CopyAsync(process.StreamId, GardenOutput.Output, hasEnded.Task, copying.Token),
            CopyAsync(process.StreamId, GardenOutput.Errors, hasEnded.Task, copying.Token)
        );
        try
        {
            if (hasInput)
            {
                await EndInputAsync(process, cancellationToken);
            }

            var status = await process.ReadExitStatusAsync(cancellationToken);
            patience = OutputDeadline;
            return status;
        }
        finally
        {
            await process.DisposeAsync(); // First, since Garden ends the outputs of a connection that is gone.
            hasEnded.SetResult();
            await Task.WhenAny(copies, Task.Delay(patience, cancellationToken));
            await copying.CancelAsync();
            await copies.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Only where it was started. Garden closes the connection of one that has ended without reading it, and what was
    /// sent to it then can take the exit status with it: a later connection says nothing, and so gets it for certain.
    /// </summary>
    private static async Task EndInputAsync(GardenProcess process, CancellationToken cancellationToken)
    {
        try
        {
            await process.EndInputAsync(cancellationToken);
        }
        catch (IOException)
        {
            // It has ended, or the connection is lost: reading tells which.
        }
    }

    /// <summary>Reads an output to its end, and again where the connection breaks while the process runs.</summary>
    private async Task CopyAsync(
        string streamId,
        GardenOutput output,
        Task hasEnded,
        CancellationToken cancellationToken
    )
    {
        var delay = FirstDelay;
        while (true)
        {
            var begun = Stopwatch.GetTimestamp();
            var isLast = hasEnded.IsCompleted;
            try
            {
                await streams.CopyOutputAsync(
                    handle,
                    GardenRequests.MainProcess,
                    streamId,
                    output,
                    (content, _) =>
                    {
                        log?.Write(output == GardenOutput.Errors, content.Span);
                        return ValueTask.CompletedTask;
                    },
                    cancellationToken
                );
                if (hasEnded.IsCompleted)
                {
                    return;
                }
            }
            catch (Exception e) when (e is RuntimeFailedException or IOException or UnauthorizedAccessException)
            {
                LogOutputLost(handle, e.Message);
                if (isLast)
                {
                    return;
                }
            }

            delay = Stopwatch.GetElapsedTime(begun) > MaxDelay ? FirstDelay : delay;
            await Task.WhenAny(hasEnded, Task.Delay(delay, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The connection for {Handle} is lost and tried again: {Reason}")]
    private partial void LogLost(string handle, string reason);

    [LoggerMessage(LogLevel.Warning, "Output of {Handle} is interrupted: {Reason}")]
    private partial void LogOutputLost(string handle, string reason);

    [LoggerMessage(LogLevel.Error, "How {Handle} ends cannot be learnt: {Reason}")]
    private partial void LogGivenUp(string handle, string reason);
}

/// <summary>What became of a process that was watched.</summary>
internal abstract record GardenOutcome
{
    private GardenOutcome() { }

    internal sealed record Ended(ContainerExit Exit) : GardenOutcome;

    /// <summary>Garden knows no such process, or cannot tell about it.</summary>
    internal sealed record Missing : GardenOutcome;
}
