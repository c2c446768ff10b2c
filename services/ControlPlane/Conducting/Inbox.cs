using System.Threading.Channels;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Conducting;

/// <summary>An input, and who waits for its answer; nobody waits for news that is lossy anyway.</summary>
internal sealed record Question(CellInput Input, TaskCompletionSource<CellAnswer>? Answer);

/// <summary>
/// What waits for the conductor. Two bounded queues: what is asked wakes it and goes first, so that an approval never
/// waits behind heartbeats; what is told waits for the next batch or tick, and is dropped when there is no room.
/// </summary>
internal sealed class Inbox(TimeProvider clock)
{
    /// <summary>Some seconds of work at the rate a commit per batch allows; more would only wait for its time-out.</summary>
    public const int AskedCapacity = 4_096;

    /// <summary>Each host and gateway says something every second: room for a cell of 10,000 between two batches.</summary>
    public const int ToldCapacity = 20_000;

    /// <summary>What one transaction may hold, so that one slow batch delays the next by tens of milliseconds only.</summary>
    public const int MaxBatch = 1_024;

    /// <summary>How long an asker waits for room before it is told to come back later.</summary>
    public static readonly TimeSpan FullWithin = TimeSpan.FromSeconds(2);

    private readonly Channel<Question> _asked = Channel.CreateBounded<Question>(AskedCapacity);
    private readonly Channel<CellInput> _told = Channel.CreateBounded<CellInput>(ToldCapacity);
    private Task<bool>? _waiting;
    private long _dropped;

    /// <summary>How much news was dropped for lack of room, ever.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public bool HasAsked => _asked.Reader.Count > 0;

    /// <summary>The answer, once the decision is stored.</summary>
    /// <exception cref="ConductorBusyException">There was no room.</exception>
    public async Task<CellAnswer> AskAsync(CellInput input, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<CellAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var leaving = cancellationToken.Register(() => answer.TrySetCanceled(cancellationToken));
        var question = new Question(input, answer);
        if (!_asked.Writer.TryWrite(question))
        {
            await WaitForRoomAsync(question, cancellationToken);
        }

        return await answer.Task;
    }

    /// <summary>False if it was dropped.</summary>
    public bool TryTell(CellInput input)
    {
        if (_told.Writer.TryWrite(input))
        {
            return true;
        }

        Interlocked.Increment(ref _dropped);
        return false;
    }

    /// <summary>What has come, at once if something was asked, else when the time is over or the wait is cancelled.</summary>
    /// <remarks>For one reader.</remarks>
    public async Task<List<Question>> ReadBatchAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        // One pending wait at a time: a wait per tick would pile up in the channel while nobody asks.
        _waiting ??= _asked.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        if (!_waiting.IsCompleted)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_waiting, Task.Delay(wait, clock, over.Token));
            await over.CancelAsync();
        }

        if (_waiting.IsCompleted)
        {
            _waiting = null;
        }

        return TakeBatch();
    }

    /// <summary>What is there already; empty when nothing is.</summary>
    public List<Question> TakeBatch()
    {
        var batch = new List<Question>();
        while (batch.Count < MaxBatch && _asked.Reader.TryRead(out var question))
        {
            // Who has left is not decided for: nobody would learn what came of it.
            if (question.Answer is { Task.IsCompleted: false })
            {
                batch.Add(question);
            }
        }

        while (batch.Count < MaxBatch && _told.Reader.TryRead(out var input))
        {
            batch.Add(new Question(input, Answer: null));
        }

        return batch;
    }

    /// <summary>Fails everybody who waits now: this replica is not, or no longer, the one to ask.</summary>
    public void Refuse(Exception reason)
    {
        while (_asked.Reader.TryRead(out var question))
        {
            question.Answer!.TrySetException(reason);
        }

        while (_told.Reader.TryRead(out _))
        {
            // Told to nobody: whatever matters is told again.
        }
    }

    private async Task WaitForRoomAsync(Question question, CancellationToken cancellationToken)
    {
        using var full = new CancellationTokenSource(FullWithin, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(full.Token, cancellationToken);
        try
        {
            await _asked.Writer.WriteAsync(question, either.Token);
        }
        catch (OperationCanceledException) when (full.IsCancellationRequested)
        {
            throw new ConductorBusyException($"{AskedCapacity} requests wait already.");
        }
    }
}
