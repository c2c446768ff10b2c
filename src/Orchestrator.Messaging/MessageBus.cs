using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Messaging;

/// <summary>
/// Carries commands and reports (at least once, in order per sender and queue while nothing fails) and telemetry (lossy,
/// never in the way). In memory all parts of one process share one instance.
/// </summary>
public abstract class MessageBus : IAsyncDisposable
{
    private protected MessageBus() { }

    public static Task<MessageBus> StartInMemoryAsync(CancellationToken cancellationToken) =>
        StartInMemoryAsync(NullLoggerFactory.Instance, cancellationToken);

    public static async Task<MessageBus> StartInMemoryAsync(
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken
    ) => await InMemoryBus.StartAsync(loggerFactory, cancellationToken);

    public static Task<MessageBus> StartRabbitMqAsync(RabbitMqSettings settings, CancellationToken cancellationToken) =>
        StartRabbitMqAsync(settings, NullLoggerFactory.Instance, cancellationToken);

    /// <summary>Throws <see cref="TimeoutException"/> when the broker cannot be reached in time.</summary>
    public static async Task<MessageBus> StartRabbitMqAsync(
        RabbitMqSettings settings,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken
    ) => await RabbitMqBus.StartAsync(settings, loggerFactory, cancellationToken);

    /// <summary>How many telemetry messages were dropped because nobody took them in time.</summary>
    public abstract long DroppedTelemetry { get; }

    /// <summary>
    /// Completes once the queue holds the message. Throws <see cref="UndeliverableException"/> when nobody ever received
    /// from that queue, and <see cref="TimeoutException"/> when the broker does not confirm in time; after the latter the
    /// message may still arrive.
    /// </summary>
    public abstract Task SendAsync<T>(string queue, T message, CancellationToken cancellationToken)
        where T : class;

    /// <summary>
    /// Receives several message types from one durable queue, one message at a time and in order. A handler that
    /// completes acknowledges; one that throws is tried again a few times, then the message is logged
    /// and parked in <c>{queue}_error</c> (in memory only while somebody receives from that queue). Dispose what is returned to stop; the queue stays and keeps what is sent to it.
    /// </summary>
    public abstract Task<IAsyncDisposable> ReceiveAsync(
        string queue,
        Action<Receiver> configure,
        CancellationToken cancellationToken
    );

    /// <summary>As <see cref="ReceiveAsync(string, Action{Receiver}, CancellationToken)"/>, for a single message type.</summary>
    public Task<IAsyncDisposable> ReceiveAsync<T>(
        string queue,
        Func<T, CancellationToken, Task> handler,
        CancellationToken cancellationToken
    )
        where T : class => ReceiveAsync(queue, receiver => receiver.Handle(handler), cancellationToken);

    /// <summary>Never waits for the broker: the oldest waiting telemetry is dropped when there is too much of it.</summary>
    public abstract Task SendTelemetryAsync(string queue, Telemetry telemetry, CancellationToken cancellationToken);

    /// <summary>Handles one telemetry message at a time; one whose handler throws is logged and lost.</summary>
    public abstract Task<IAsyncDisposable> ReceiveTelemetryAsync(
        string queue,
        Func<Telemetry, CancellationToken, Task> handler,
        CancellationToken cancellationToken
    );

    public abstract ValueTask DisposeAsync();
}
