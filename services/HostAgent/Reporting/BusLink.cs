using Microsoft.Extensions.Logging;
using Orchestrator.Messaging;

namespace Orchestrator.HostAgent.Reporting;

/// <summary>
/// The way to the control plane, which may be away when the agent starts and for hours later. Connecting and listening
/// are tried until they work; meanwhile there is no bus, and nothing waits for it.
/// </summary>
internal sealed partial class BusLink(
    Func<CancellationToken, Task<MessageBus>> connect,
    string queue,
    TimeProvider clock,
    ILogger<BusLink> logger
) : IAsyncDisposable
{
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile MessageBus? _bus;
    private IAsyncDisposable? _subscription;

    /// <summary>Null while there is none.</summary>
    public MessageBus? Bus => _bus;

    /// <summary>Completes once we are connected and listen, which may take hours.</summary>
    public Task Connected => _connected.Task;

    /// <summary>Completes with the first attempt, whatever came of it.</summary>
    public Task Attempted => _attempted.Task;

    /// <summary>Until it works or is cancelled.</summary>
    public async Task ConnectAsync(Action<Receiver> handlers, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!await TryConnectAsync(handlers, cancellationToken))
        {
            _attempted.TrySetResult();
            failures++;
            await Task.Delay(RetryDelay.After(failures), clock, cancellationToken);
        }

        _connected.TrySetResult();
        _attempted.TrySetResult();
    }

    /// <summary>An answer that cannot be delivered is dropped: whoever asked has gone, or asks again.</summary>
    public async Task AnswerAsync<T>(string queue, T answer, CancellationToken cancellationToken)
        where T : class
    {
        if (_bus is not { } bus)
        {
            return;
        }

        try
        {
            await bus.SendAsync(queue, answer, cancellationToken);
        }
        catch (Exception e) when (e is UndeliverableException or TimeoutException)
        {
            LogNotAnswered(queue, e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_subscription is { } subscription)
        {
            _subscription = null;
            await subscription.DisposeAsync();
        }
    }

    private async Task<bool> TryConnectAsync(Action<Receiver> handlers, CancellationToken cancellationToken)
    {
        try
        {
            // Known before we listen: a handler may have to answer at once.
            var bus = _bus ??= await connect(cancellationToken);
            _subscription = await bus.ReceiveAsync(queue, handlers, cancellationToken);
            return true;
        }
        // Whatever the broker's libraries throw, it is the broker that is away, and this is the edge that tries again.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogAway(e, e.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Queue} asked and cannot be answered: {Reason}")]
    private partial void LogNotAnswered(string queue, string reason);

    [LoggerMessage(LogLevel.Warning, "The bus is away, instances run on: {Reason}")]
    private partial void LogAway(Exception exception, string reason);
}
