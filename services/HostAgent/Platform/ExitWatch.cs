using System.Diagnostics;

namespace Orchestrator.HostAgent.Platform;

/// <summary>
/// Tells when a process ends, whoever's child it is: one thread waits on a descriptor per process, so the end is noticed
/// at once and waiting costs nothing. Where the kernel has no such descriptors it looks ten times a second.
/// </summary>
internal sealed class ExitWatch : IDisposable
{
    /// <summary>How late a newly watched process joins, and how often processes without a descriptor are looked at.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly List<Watched> _watched = [];
    private readonly Thread _thread;
    private bool _isDisposed;

    public ExitWatch()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "exit watch" };
        _thread.Start();
    }

    /// <summary>Completes when the process has ended; at once if it already has.</summary>
    public async Task WaitAsync(ProcessIdentity process, CancellationToken cancellationToken)
    {
        var watched = new Watched(process, Libc.OpenProcess(process.Id));
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _watched.Add(watched);
        }

        // Only now: had its id been taken over before the descriptor was opened, the wait would be for a stranger.
        if (!process.IsAlive)
        {
            watched.Ended.TrySetResult();
        }

        try
        {
            await watched.Ended.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            watched.IsDone = true; // The thread takes it off, for it may be waiting on the descriptor just now.
        }
    }

    /// <summary>False if the process still runs when the time is up.</summary>
    public async Task<bool> EndsWithinAsync(
        ProcessIdentity process,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            await WaitAsync(process, timeout.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !_isDisposed)
        {
            return false;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        _thread.Join();
        foreach (var watched in _watched)
        {
            watched.Ended.TrySetCanceled(CancellationToken.None);
            watched.Descriptor?.Dispose();
        }
    }

    private void Run()
    {
        while (TakeRound() is { } round)
        {
            var started = Stopwatch.GetTimestamp();
            var withDescriptor = round.Where(watched => watched.Descriptor is not null).ToList();
            var ended = Libc.WaitReadable(
                [.. withDescriptor.Select(watched => watched.Descriptor).OfType<ProcessDescriptor>()],
                Round
            );
            for (var index = 0; index < ended.Length; index++)
            {
                if (ended[index])
                {
                    withDescriptor[index].Ended.TrySetResult();
                }
            }

            foreach (var watched in round.Where(watched => watched.Descriptor is null && !watched.Process.IsAlive))
            {
                watched.Ended.TrySetResult();
            }

            // An interrupted poll returns at once; without this the thread would spin.
            if (!Array.Exists(ended, hasEnded => hasEnded) && Stopwatch.GetElapsedTime(started) < Round / 10)
            {
                Thread.Sleep(Round / 10);
            }
        }
    }

    /// <summary>Null when it is time to stop.</summary>
    private List<Watched>? TakeRound()
    {
        lock (_lock)
        {
            foreach (var done in _watched.Where(watched => watched.IsDone || watched.Ended.Task.IsCompleted))
            {
                done.Descriptor?.Dispose();
            }

            _watched.RemoveAll(watched => watched.IsDone || watched.Ended.Task.IsCompleted);
            return _isDisposed ? null : [.. _watched];
        }
    }

    private sealed class Watched(ProcessIdentity process, ProcessDescriptor? descriptor)
    {
        public ProcessIdentity Process { get; } = process;

        /// <summary>Only the thread closes it: a closed number may be somebody else's the next moment.</summary>
        public ProcessDescriptor? Descriptor { get; } = descriptor;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool IsDone;
    }
}
