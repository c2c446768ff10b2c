using System.Collections.Concurrent;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core;
using Orchestrator.Messaging;

namespace Orchestrator.ControlPlane.Logs;

/// <summary>What came of asking a host for a log.</summary>
internal abstract record LogAnswer
{
    private LogAnswer() { }

    /// <param name="NextOffset">To ask for what comes after.</param>
    public sealed record Read(string Text, long NextOffset) : LogAnswer;

    /// <summary>The host has no log of this instance.</summary>
    public sealed record NotFound : LogAnswer;

    /// <summary>Not in time, or there is nobody to ask.</summary>
    public sealed record NoAnswer(string Reason) : LogAnswer;
}

/// <summary>Asks hosts for pieces of logs. Every replica asks for itself, on a queue of its own.</summary>
internal sealed class LogReader(MessageBus bus, string replicaId, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>A person waits; an agent reads the end of a file in milliseconds.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>Each answer may hold a megabyte or so.</summary>
    public const int MaxPending = 128;

    /// <summary>What an agent is asked for at most; people read the rest piece by piece.</summary>
    public const int MaxTailLines = 10_000;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<LogsRead>> _pending = new(
        StringComparer.Ordinal
    );
    private readonly SemaphoreSlim _starting = new(initialCount: 1);
    private IAsyncDisposable? _receiving;

    /// <param name="offset">Where to go on, from an earlier answer; null for the last lines.</param>
    public async Task<LogAnswer> ReadAsync(
        HostId host,
        InstanceId instance,
        long? offset,
        int tailLines,
        CancellationToken cancellationToken
    )
    {
        if (_pending.Count >= MaxPending)
        {
            return new LogAnswer.NoAnswer($"{MaxPending} requests for logs wait already");
        }

        var request = new ReadLogs
        {
            RequestId = Guid.NewGuid().ToString("N"),
            ReplyQueue = Queues.Replica(replicaId),
            InstanceId = instance.Value,
            Offset = offset,
            TailLines = Math.Clamp(tailLines, 1, MaxTailLines),
        };
        var answer = new TaskCompletionSource<LogsRead>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[request.RequestId] = answer;
        try
        {
            await ReceiveAsync(cancellationToken);
            await bus.SendAsync(Queues.Host(host.Value), request, cancellationToken);
            var read = await answer.Task.WaitAsync(AnswerWithin, clock, cancellationToken);
            return read.IsFound ? new LogAnswer.Read(read.Text, read.NextOffset) : new LogAnswer.NotFound();
        }
        catch (TimeoutException)
        {
            return new LogAnswer.NoAnswer($"host {host} did not answer within {AnswerWithin.TotalSeconds} s");
        }
        catch (UndeliverableException)
        {
            return new LogAnswer.NoAnswer($"host {host} has never been connected to the bus");
        }
        finally
        {
            _pending.TryRemove(request.RequestId, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_receiving is not null)
        {
            await _receiving.DisposeAsync();
        }

        _starting.Dispose();
    }

    /// <summary>From the first request on: a broker that is away must not keep the control plane from starting.</summary>
    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            _receiving ??= await bus.ReceiveAsync<LogsRead>(Queues.Replica(replicaId), TakeAsync, cancellationToken);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>An answer that nobody waits for any more is late, and dropped.</summary>
    private Task TakeAsync(LogsRead read, CancellationToken cancellationToken)
    {
        if (_pending.TryGetValue(read.RequestId, out var answer))
        {
            answer.TrySetResult(read);
        }

        return Task.CompletedTask;
    }
}
