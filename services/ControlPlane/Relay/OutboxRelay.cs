using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Messaging;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Relay;

/// <summary>
/// Sends what is decided. One message at a time and in order to each destination, many destinations at a time; one that
/// fails waits alone. A message is forgotten once its queue holds it: a crash in between sends it again, which is harmless.
/// </summary>
internal sealed partial class OutboxRelay(
    Database database,
    MessageBus bus,
    string cell,
    TimeProvider clock,
    ILogger<OutboxRelay> logger
) : IDisposable
{
    /// <summary>What a lost wake-up costs at most.</summary>
    public static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(1);

    /// <summary>A host that is away is tried no more often; it is sent the newest level anyway when it is heard again.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    /// <summary>The broker confirms each in a millisecond or so; a dozen of stuck ones must not stop the rest.</summary>
    private const int MaxParallel = 32;

    /// <summary>One or two for each host and gateway of a large cell.</summary>
    private const int MaxPending = 5_000;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly Signal _wake = new();

    /// <summary>Safe to call from anywhere, any number of times.</summary>
    public void Wake() => _wake.Set();

    public void Dispose() => _wake.Dispose();

    /// <summary>Runs while this replica leads.</summary>
    /// <param name="compose">What is owed, as it is by now; null if that is not known here yet, and so waits.</param>
    public async Task RunAsync(Func<OwedMessage, BusCommand?> compose, CancellationToken cancellationToken)
    {
        var sending = new Dictionary<string, Task>(StringComparer.Ordinal);
        var pauses = new ConcurrentDictionary<string, Pause>(StringComparer.Ordinal);
        var sent = new ConcurrentQueue<OwedMessage>();
        using var slots = new SemaphoreSlim(MaxParallel);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                // In this order: who is reaped has told by now what it sent, so that is not read and sent again.
                await ReapAsync(sending);
                await RemoveAsync(sent, cancellationToken);
                var pending = await Outbox.ReadPendingAsync(database, cell, MaxPending, cancellationToken);
                var byDestination = pending.ToLookup(Letters.QueueOf, StringComparer.Ordinal);
                Forget(pauses, byDestination);
                foreach (var letters in byDestination)
                {
                    if (!sending.ContainsKey(letters.Key) && !IsPaused(pauses, letters.Key))
                    {
                        await slots.WaitAsync(cancellationToken);
                        sending[letters.Key] = SendAllAsync(
                            letters.Key,
                            [.. letters.Select(owed => (owed, compose(owed)))],
                            pauses,
                            sent,
                            slots,
                            cancellationToken
                        );
                    }
                }

                await _wake.WaitAsync(Soonest(pauses), clock, cancellationToken);
            }
        }
        finally
        {
            await Task.WhenAll(sending.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>All to one destination.</summary>
    private async Task SendAllAsync(
        string destination,
        ImmutableArray<(OwedMessage Owed, BusCommand? Command)> letters,
        ConcurrentDictionary<string, Pause> pauses,
        ConcurrentQueue<OwedMessage> sent,
        SemaphoreSlim slots,
        CancellationToken cancellationToken
    )
    {
        try
        {
            foreach (var (owed, command) in letters)
            {
                if (command is not null)
                {
                    await Letters.SendAsync(bus, command, cancellationToken);
                    sent.Enqueue(owed);
                }
            }

            pauses.TryRemove(destination, out _);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var pause = pauses.GetOrAdd(destination, _ => new Pause(new Backoff(FirstPause, MaxPause)));
            pause.Until = clock.GetUtcNow() + pause.Backoff.Next();
            LogNotSent(destination, exception.Message);
        }
        finally
        {
            slots.Release();
            Wake();
        }
    }

    private async Task RemoveAsync(ConcurrentQueue<OwedMessage> sent, CancellationToken cancellationToken)
    {
        var gone = new List<OwedMessage>();
        while (gone.Count < MaxPending && sent.TryDequeue(out var owed))
        {
            gone.Add(owed);
        }

        if (gone.Count > 0)
        {
            await Outbox.RemoveAsync(database, cell, gone, cancellationToken);
        }
    }

    private static async Task ReapAsync(Dictionary<string, Task> sending)
    {
        foreach (var (destination, task) in sending.Where(running => running.Value.IsCompleted).ToList())
        {
            sending.Remove(destination);
            await task;
        }
    }

    private bool IsPaused(ConcurrentDictionary<string, Pause> pauses, string destination) =>
        pauses.TryGetValue(destination, out var pause) && pause.Until > clock.GetUtcNow();

    /// <summary>Destinations to which nothing is owed any more.</summary>
    private static void Forget(ConcurrentDictionary<string, Pause> pauses, ILookup<string, OwedMessage> byDestination)
    {
        foreach (var destination in pauses.Keys.Where(destination => !byDestination.Contains(destination)))
        {
            pauses.TryRemove(destination, out _);
        }
    }

    /// <summary>Until the next pause is over, or the next poll. Those that are over are being tried already.</summary>
    private TimeSpan Soonest(ConcurrentDictionary<string, Pause> pauses)
    {
        var now = clock.GetUtcNow();
        return pauses
            .Values.Select(pause => pause.Until - now)
            .Where(left => left > TimeSpan.Zero)
            .Append(PollEvery)
            .Min();
    }

    [LoggerMessage(LogLevel.Warning, "Could not send to {Destination}; tries again: {Reason}")]
    private partial void LogNotSent(string destination, string reason);

    private sealed class Pause(Backoff backoff)
    {
        public Backoff Backoff => backoff;

        public DateTimeOffset Until { get; set; }
    }
}
