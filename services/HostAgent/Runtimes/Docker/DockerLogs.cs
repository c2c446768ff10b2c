using System.Collections.Concurrent;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>
/// Follows the logs of containers, which the daemon keeps, into files of ours. One task per container, from when the
/// agent first sees it run until it has ended and everything is written.
/// </summary>
internal sealed partial class DockerLogs(DockerEngine engine, DockerContainers containers, ILogger logger) : IDisposable
{
    /// <summary>How soon a connection that broke is tried again, at first and at most.</summary>
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    /// <summary>What comes before the end is there in milliseconds; nobody waits longer than this for it.</summary>
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Lazy<Task>> _pumps = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _disposing = new();

    /// <summary>Sees to it that the container's log is written, now and from now on.</summary>
    public void Follow(string containerId, string path)
    {
        if (path.Length > 0)
        {
            _ = _pumps
                .GetOrAdd(
                    containerId,
                    id => new Lazy<Task>(() => Task.Run(() => PumpAsync(id, path, _disposing.Token), _disposing.Token))
                )
                .Value;
        }
    }

    /// <summary>Completes when all that a container wrote before its end is in our file, or time is up.</summary>
    public async Task DrainAsync(string containerId, CancellationToken cancellationToken)
    {
        if (!_pumps.TryGetValue(containerId, out var pump))
        {
            return;
        }

        try
        {
            await pump.Value.WaitAsync(DrainDeadline, cancellationToken);
        }
        catch (TimeoutException)
        {
            LogNotDrained(containerId);
        }
    }

    public void Forget(string containerId) => _pumps.TryRemove(containerId, out _);

    public void Dispose()
    {
        _disposing.Cancel();
        try
        {
            // Files are below a directory that somebody may delete next.
            Task.WaitAll(
                _pumps.Values.Select(pump => pump.Value).ToArray(),
                (int)DrainDeadline.TotalMilliseconds,
                CancellationToken.None
            );
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is OperationCanceledException))
        {
            // As asked.
        }

        _disposing.Dispose();
    }

    private async Task PumpAsync(string containerId, string path, CancellationToken cancellationToken)
    {
        using var log = new EngineLog(path);
        var delay = FirstDelay;
        while (true)
        {
            try
            {
                var found = await containers.FindAsync(containerId, cancellationToken);
                if (found is null)
                {
                    return; // It was taken away, and its log with it.
                }

                // Once it has ended its whole log is there; before, the end of the log need not be the end of it.
                await CopyAsync(containerId, log, found.IsRunning, cancellationToken);
                if (!found.IsRunning)
                {
                    return;
                }

                delay = FirstDelay;
            }
            catch (Exception e)
                when (e is RuntimeFailedException or IOException or InvalidDataException or HttpRequestException
                    && !cancellationToken.IsCancellationRequested
                )
            {
                LogBroken(containerId, e.Message);
                delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
            }

            await Task.Delay(delay, cancellationToken);
        }
    }

    private async Task CopyAsync(
        string containerId,
        EngineLog log,
        bool isFollowed,
        CancellationToken cancellationToken
    )
    {
        using var answer = await engine.OpenLogAsync(
            containers.NameOf(containerId),
            log.Resume(),
            isFollowed,
            cancellationToken
        );
        var reader = PipeReader.Create(await answer.Content.ReadAsStreamAsync(cancellationToken));
        var frames = new LogFrames();
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            try
            {
                while (frames.Read(ref buffer) is { } piece)
                {
                    log.Write(piece);
                }
            }
            finally
            {
                log.Flush(); // Also what came before something that is no frame.
            }

            if (read.IsCompleted)
            {
                return; // Half a frame at the end is told again by the next connection, if there is more of it.
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    [LoggerMessage(LogLevel.Debug, "The log of {ContainerId} broke off and is taken up again: {Reason}")]
    private partial void LogBroken(string containerId, string reason);

    [LoggerMessage(LogLevel.Warning, "The end of the log of {ContainerId} is not written yet; it goes on without.")]
    private partial void LogNotDrained(string containerId);
}
