using MassTransit;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Messaging;

/// <summary>Commands through MassTransit with confirms; telemetry past it, on a connection of its own.</summary>
internal sealed class RabbitMqBus : MessageBus
{
    /// <summary>Each message goes to the queue that its key names.</summary>
    internal const string FromHostsType = "direct";

    private readonly CommandLink _commands;
    private readonly RabbitMqTelemetry _telemetry;

    private RabbitMqBus(CommandLink commands, RabbitMqTelemetry telemetry)
    {
        _commands = commands;
        _telemetry = telemetry;
    }

    public override long DroppedTelemetry => _telemetry.Dropped;

    public static async Task<RabbitMqBus> StartAsync(
        RabbitMqSettings settings,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken
    )
    {
        var commands = await CommandLink.StartAsync(
            () => Create(settings),
            new CommandTransport(
                queue => settings.Out is { } own ? OutOf(own) : CommandTransport.ExchangeOf(queue),
                (queue, endpoint) => ConfigureQueue(queue, endpoint, settings.Queues)
            ),
            loggerFactory,
            cancellationToken
        );
        try
        {
            var telemetry = await RabbitMqTelemetry.StartAsync(settings, loggerFactory, cancellationToken);
            return new RabbitMqBus(commands, telemetry);
        }
        catch
        {
            await commands.DisposeAsync();
            throw;
        }
    }

    public override Task SendAsync<T>(string queue, T message, CancellationToken cancellationToken) =>
        _commands.SendAsync(queue, message, cancellationToken);

    public override Task<IAsyncDisposable> ReceiveAsync(
        string queue,
        Action<Receiver> configure,
        CancellationToken cancellationToken
    ) => _commands.ReceiveAsync(queue, configure, () => { }, cancellationToken);

    public override Task SendTelemetryAsync(string queue, Telemetry telemetry, CancellationToken cancellationToken)
    {
        _telemetry.Send(queue, telemetry);
        return Task.CompletedTask;
    }

    public override Task<IAsyncDisposable> ReceiveTelemetryAsync(
        string queue,
        Func<Telemetry, CancellationToken, Task> handler,
        CancellationToken cancellationToken
    ) => _telemetry.ReceiveAsync(queue, handler, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _telemetry.DisposeAsync();
        await _commands.DisposeAsync();
    }

    private static IBusControl Create(RabbitMqSettings settings) =>
        Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.Host(
                settings.Host,
                (ushort)settings.Port,
                settings.VirtualHost,
                host =>
                {
                    host.Username(settings.User);
                    host.Password(settings.Password);
                    host.PublisherConfirmation = true;
                }
            );
            bus.ConfigureJsonSerializerOptions(BusJson.Configure);
        });

    /// <summary>
    /// Whoever sends declares the exchange, and may delete what it may declare. So a host declares only its own, which has
    /// no bindings: what is sent to it goes on to the alternate, by its key.
    /// </summary>
    private static Uri OutOf(string own) =>
        new($"exchange:{own}?type={FromHostsType}&alternateexchange={Queues.FromHosts}");

    private static void ConfigureQueue(string queue, IReceiveEndpointConfigurator endpoint, QueueKind kind)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbitMq)
        {
            if (kind == QueueKind.Quorum)
            {
                rabbitMq.SetQuorumQueue();
            }

            if (Queues.IsOpenToHosts(queue))
            {
                rabbitMq.Bind(
                    Queues.FromHosts,
                    binding =>
                    {
                        binding.ExchangeType = FromHostsType;
                        binding.RoutingKey = queue;
                    }
                );
            }

            rabbitMq.SetQueueArgument("x-max-length", BusLimits.QueueLength);
            rabbitMq.SetQueueArgument("x-max-length-bytes", BusLimits.QueueBytes);
            rabbitMq.SetQueueArgument("x-overflow", "drop-head");
            rabbitMq.SetQueueArgument("x-expires", (long)BusLimits.QueueExpiry.TotalMilliseconds);
        }
    }
}
