using System.Collections.Concurrent;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core;
using Orchestrator.Messaging;

namespace Orchestrator.ControlPlane.Inquiries;

/// <summary>What came of asking a host.</summary>
/// <param name="Silence">Why there is no answer; empty when there is one.</param>
internal sealed record HostAnswer<T>(T? Value, string Silence)
    where T : class;

/// <summary>Asks hosts and waits for their answers. Every replica asks for itself, on a queue of its own.</summary>
internal sealed class HostQuestions(MessageBus bus, string replicaId, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>Each answer may hold a megabyte or so.</summary>
    public const int MaxPending = 128;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<object>> _pending = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _starting = new(initialCount: 1);
    private IAsyncDisposable? _receiving;

    public string ReplyQueue => Queues.Replica(replicaId);

    /// <param name="make">The question, for an id of its own.</param>
    public async Task<HostAnswer<TAnswer>> AskAsync<TQuestion, TAnswer>(
        HostId host,
        Func<string, TQuestion> make,
        TimeSpan within,
        CancellationToken cancellationToken
    )
        where TQuestion : class
        where TAnswer : class
    {
        if (_pending.Count >= MaxPending)
        {
            return new HostAnswer<TAnswer>(Value: null, $"{MaxPending} questions to hosts wait already");
        }

        var id = Guid.NewGuid().ToString("N");
        var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = answer;
        try
        {
            await ReceiveAsync(cancellationToken);
            await bus.SendAsync(Queues.Host(host.Value), make(id), cancellationToken);
            var given = await answer.Task.WaitAsync(within, clock, cancellationToken);
            return given is TAnswer value
                ? new HostAnswer<TAnswer>(value, "")
                : new HostAnswer<TAnswer>(Value: null, $"host {host} answered something else");
        }
        catch (TimeoutException)
        {
            return new HostAnswer<TAnswer>(
                Value: null,
                $"host {host} did not answer within {within.TotalSeconds:0.###} s"
            );
        }
        catch (UndeliverableException)
        {
            return new HostAnswer<TAnswer>(Value: null, $"host {host} has never been connected to the bus");
        }
        finally
        {
            _pending.TryRemove(id, out _);
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

    /// <summary>From the first question on: a broker that is away must not keep the control plane from starting.</summary>
    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            _receiving ??= await bus.ReceiveAsync(ReplyQueue, Listen, cancellationToken);
        }
        finally
        {
            _starting.Release();
        }

        void Listen(Receiver receiver) =>
            receiver
                .Handle<LogsRead>((read, _) => Take(read.RequestId, read))
                .Handle<ProgramRan>((ran, _) => Take(ran.RequestId, ran))
                .Handle<FileCopied>((copied, _) => Take(copied.RequestId, copied))
                .Handle<InstancesMeasured>((measured, _) => Take(measured.RequestId, measured));
    }

    /// <summary>An answer that nobody waits for any more is late, and dropped.</summary>
    private Task Take(string requestId, object value)
    {
        if (_pending.TryGetValue(requestId, out var answer))
        {
            answer.TrySetResult(value);
        }

        return Task.CompletedTask;
    }
}
