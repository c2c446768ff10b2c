using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Messaging;

/// <summary>The bus of a single process. Nothing survives it, like the instances of one that embeds everything.</summary>
internal sealed class InMemoryBus : MessageBus
{
    private readonly CommandLink _commands;
    private readonly ConcurrentDictionary<string, TelemetryBuffer> _telemetry = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, InMemoryQueue> _queues = new(StringComparer.Ordinal);
    private readonly ILogger _logger;

    private InMemoryBus(CommandLink commands, ILogger logger)
    {
        _commands = commands;
        _logger = logger;
    }

    public override long DroppedTelemetry => _telemetry.Values.Sum(buffer => buffer.Dropped);

    public static async Task<InMemoryBus> StartAsync(ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var commands = await CommandLink.StartAsync(
            () => Bus.Factory.CreateUsingInMemory(bus => bus.ConfigureJsonSerializerOptions(BusJson.Configure)),
            new CommandTransport(CommandTransport.ExchangeOf, (_, _) => { }),
            loggerFactory,
            cancellationToken
        );
        return new InMemoryBus(commands, loggerFactory.CreateLogger<InMemoryBus>());
    }

    public override async Task SendAsync<T>(string queue, T message, CancellationToken cancellationToken)
    {
        // The library would create an exchange and drop the message; the broker refuses it, and so do we.
        if (!_queues.TryGetValue(queue, out var known))
        {
            throw new UndeliverableException(queue, innerException: null);
        }

        known.Enter(queue);
        try
        {
            await _commands.SendAsync(queue, message, cancellationToken);
        }
        catch
        {
            known.Leave();
            throw;
        }
    }

    public override async Task<IAsyncDisposable> ReceiveAsync(
        string queue,
        Action<Receiver> configure,
        CancellationToken cancellationToken
    )
    {
        var known = _queues.GetValueOrDefault(queue) ?? new InMemoryQueue();
        var subscription = await _commands.ReceiveAsync(queue, configure, known.Leave, cancellationToken);
        _queues[queue] = known;
        return subscription;
    }

    public override Task SendTelemetryAsync(string queue, Telemetry telemetry, CancellationToken cancellationToken)
    {
        BufferOf(queue).Write(queue, telemetry);
        return Task.CompletedTask;
    }

    public override Task<IAsyncDisposable> ReceiveTelemetryAsync(
        string queue,
        Func<Telemetry, CancellationToken, Task> handler,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<IAsyncDisposable>(new BackgroundLoop(token => HandleAllAsync(BufferOf(queue), handler, token)));

    public override async ValueTask DisposeAsync() => await _commands.DisposeAsync();

    private async Task HandleAllAsync(
        TelemetryBuffer buffer,
        Func<Telemetry, CancellationToken, Task> handler,
        CancellationToken cancellationToken
    )
    {
        await foreach (var (queue, telemetry) in buffer.ReadAllAsync(cancellationToken))
        {
            await TelemetryLog.HandleAsync(_logger, queue, telemetry, handler, cancellationToken);
        }
    }

    private TelemetryBuffer BufferOf(string queue) => _telemetry.GetOrAdd(queue, _ => new TelemetryBuffer());

    /// <summary>Counts what waits, because the library's own queue has no bound.</summary>
    private sealed class InMemoryQueue
    {
        private int _waiting;

        public void Enter(string name)
        {
            if (Interlocked.Increment(ref _waiting) > BusLimits.QueueLength)
            {
                Leave();
                throw new InvalidOperationException(
                    $"The queue '{name}' is full: its receiver does not keep up with {BusLimits.QueueLength} messages."
                );
            }
        }

        public void Leave() => Interlocked.Decrement(ref _waiting);
    }
}
