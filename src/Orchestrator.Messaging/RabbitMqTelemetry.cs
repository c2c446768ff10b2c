using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Orchestrator.Messaging;

/// <summary>
/// Telemetry by the bare client: no envelope, no confirms, nothing on disk. The client reconnects by itself; channels and
/// consumers are made anew here, because it leaves those alone that the broker closed while the connection stood.
/// </summary>
internal sealed class RabbitMqTelemetry : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly ILogger _logger;

    /// <summary>Empty is the exchange that leads to every queue by its name.</summary>
    private readonly string _exchange;

    private readonly TelemetryBuffer _outgoing = new();
    private readonly BackgroundLoop _publishing;

    private RabbitMqTelemetry(IConnection connection, string exchange, ILogger logger)
    {
        _connection = connection;
        _exchange = exchange;
        _logger = logger;
        _publishing = new BackgroundLoop(PublishAllAsync);
    }

    public long Dropped => _outgoing.Dropped;

    public static async Task<RabbitMqTelemetry> StartAsync(
        RabbitMqSettings settings,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken
    )
    {
        var factory = new ConnectionFactory
        {
            HostName = settings.Host,
            Port = settings.Port,
            VirtualHost = settings.VirtualHost,
            UserName = settings.User,
            Password = settings.Password,
            AutomaticRecoveryEnabled = true,
            TopologyRecoveryEnabled = false,
            NetworkRecoveryInterval = BusLimits.TelemetryReconnectDelay,
            ClientProvidedName = "orchestrator-telemetry",
        };
        var connection = await factory.CreateConnectionAsync(cancellationToken);
        var exchange = settings.Out is null ? "" : Queues.FromHosts;
        return new RabbitMqTelemetry(connection, exchange, loggerFactory.CreateLogger<RabbitMqTelemetry>());
    }

    public void Send(string queue, Telemetry telemetry) => _outgoing.Write(queue, telemetry);

    /// <summary>Completes once the queue exists and is consumed, so that nothing sent from then on is missed.</summary>
    public async Task<IAsyncDisposable> ReceiveAsync(
        string queue,
        Func<Telemetry, CancellationToken, Task> handler,
        CancellationToken cancellationToken
    )
    {
        var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = new BackgroundLoop(token => ConsumeAllAsync(queue, handler, isReady, token));
        try
        {
            await Deadline.RunAsync(
                token => isReady.Task.WaitAsync(token),
                BusLimits.StartDeadline,
                $"The telemetry queue '{queue}' did not get ready in time.",
                cancellationToken
            );
            return loop;
        }
        catch
        {
            await loop.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _publishing.DisposeAsync();
        await Deadline.StopAsync(token => _connection.CloseAsync(token));
        await _connection.DisposeAsync();
    }

    private async Task PublishAllAsync(CancellationToken cancellationToken)
    {
        IChannel? channel = null;
        var isFailing = false;
        try
        {
            await foreach (var (queue, telemetry) in _outgoing.ReadAllAsync(cancellationToken))
            {
                try
                {
                    channel = await OpenAsync(channel, cancellationToken);
                    await PublishAsync(channel, queue, telemetry, cancellationToken);
                    isFailing = false;
                }
#pragma warning disable CA1031 // The broker is away, in one of many ways; this is the edge that says so and goes on.
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    _outgoing.CountDropped();
                    if (!isFailing)
                    {
                        TelemetryLog.NotSent(_logger, queue, exception);
                        isFailing = true;
                    }

                    await Task.Delay(BusLimits.TelemetryReconnectDelay, cancellationToken);
                }
            }
        }
        finally
        {
            await CloseAsync(channel);
        }
    }

    private async Task<IChannel> OpenAsync(IChannel? channel, CancellationToken cancellationToken)
    {
        if (channel is { IsOpen: true })
        {
            return channel;
        }

        await CloseAsync(channel);
        return await _connection.CreateChannelAsync(options: null, cancellationToken);
    }

    private async Task PublishAsync(
        IChannel channel,
        string queue,
        Telemetry telemetry,
        CancellationToken cancellationToken
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(telemetry, BusJson.Options);
        var properties = new BasicProperties
        {
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Transient,
        };
        await Deadline.RunAsync(
            token => channel.BasicPublishAsync(_exchange, queue, mandatory: false, properties, body, token).AsTask(),
            BusLimits.TelemetryPublishDeadline,
            $"The broker does not take telemetry for '{queue}'.",
            cancellationToken
        );
    }

    private async Task ConsumeAllAsync(
        string queue,
        Func<Telemetry, CancellationToken, Task> handler,
        TaskCompletionSource isReady,
        CancellationToken cancellationToken
    )
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ConsumeAsync(queue, handler, isReady, cancellationToken);
                TelemetryLog.Interrupted(_logger, queue);
            }
#pragma warning disable CA1031 // The broker is away, in one of many ways; this is the edge that tries again.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                TelemetryLog.StillAway(_logger, queue, exception);
            }

            await Task.Delay(BusLimits.TelemetryReconnectDelay, cancellationToken);
        }
    }

    /// <summary>Returns when the broker ended the consumer or the channel.</summary>
    private async Task ConsumeAsync(
        string queue,
        Func<Telemetry, CancellationToken, Task> handler,
        TaskCompletionSource isReady,
        CancellationToken cancellationToken
    )
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var channel = await _connection.CreateChannelAsync(options: null, cancellationToken);
        try
        {
            channel.ChannelShutdownAsync += (_, _) => End(ended);
            await channel.BasicQosAsync(0, BusLimits.TelemetryPrefetch, global: false, cancellationToken);
            await DeclareAsync(channel, queue, cancellationToken);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.UnregisteredAsync += (_, _) => End(ended);
            consumer.ReceivedAsync += async (_, delivery) =>
            {
                await HandleAsync(queue, delivery.Body, handler, cancellationToken);
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, cancellationToken);
            };
            await channel.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);
            isReady.TrySetResult();
            await ended.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            await CloseAsync(channel);
        }
    }

    private static async Task DeclareAsync(IChannel channel, string queue, CancellationToken cancellationToken)
    {
        await channel.QueueDeclareAsync(
            queue,
            durable: false,
            exclusive: false,
            autoDelete: false,
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["x-max-length"] = BusLimits.TelemetryQueueLength,
                ["x-overflow"] = "drop-head",
                ["x-expires"] = (long)BusLimits.TelemetryQueueExpiry.TotalMilliseconds,
            },
            cancellationToken: cancellationToken
        );
        if (!Queues.IsOpenToHosts(queue))
        {
            return;
        }

        await channel.ExchangeDeclareAsync(
            Queues.FromHosts,
            RabbitMqBus.FromHostsType,
            durable: true,
            autoDelete: false,
            cancellationToken: cancellationToken
        );
        await channel.QueueBindAsync(queue, Queues.FromHosts, routingKey: queue, cancellationToken: cancellationToken);
    }

    private async Task HandleAsync(
        string queue,
        ReadOnlyMemory<byte> body,
        Func<Telemetry, CancellationToken, Task> handler,
        CancellationToken cancellationToken
    )
    {
        Telemetry? telemetry;
        try
        {
            telemetry = JsonSerializer.Deserialize<Telemetry>(body.Span, BusJson.Options);
        }
        catch (JsonException exception)
        {
            TelemetryLog.NotHandled(_logger, queue, exception);
            return;
        }

        if (telemetry is not null)
        {
            await TelemetryLog.HandleAsync(_logger, queue, telemetry, handler, cancellationToken);
        }
    }

    private static Task End(TaskCompletionSource ended)
    {
        ended.TrySetResult();
        return Task.CompletedTask;
    }

    private static async Task CloseAsync(IChannel? channel)
    {
        if (channel is not null)
        {
            await Deadline.StopAsync(_ => channel.DisposeAsync().AsTask());
        }
    }
}
