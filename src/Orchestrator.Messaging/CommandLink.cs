using MassTransit;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Messaging;

/// <summary>The one place that sends and receives through MassTransit.</summary>
internal sealed class CommandLink : IAsyncDisposable
{
    private readonly IBusControl _bus;
    private readonly CommandTransport _transport;

    private CommandLink(IBusControl bus, CommandTransport transport)
    {
        _bus = bus;
        _transport = transport;
    }

    public static async Task<CommandLink> StartAsync(
        Func<IBusControl> create,
        CommandTransport transport,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken
    )
    {
        LogContext.ConfigureCurrentLogContext(loggerFactory);
        var link = new CommandLink(create(), transport);
        try
        {
            await Deadline.RunAsync(
                token => link._bus.StartAsync(token),
                BusLimits.StartDeadline,
                "The message bus did not start in time.",
                cancellationToken
            );
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    public async Task SendAsync<T>(string queue, T message, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            await Deadline.RunAsync(
                async token =>
                {
                    var endpoint = await _bus.GetSendEndpoint(_transport.AddressOf(queue));
                    await endpoint.Send(message, Mandatory<T>(queue), token);
                },
                BusLimits.SendDeadline,
                $"Sending to '{queue}' was not confirmed in time.",
                cancellationToken
            );
        }
        catch (MessageReturnedException exception)
        {
            throw new UndeliverableException(queue, exception);
        }
    }

    public async Task<IAsyncDisposable> ReceiveAsync(
        string queue,
        Action<Receiver> configure,
        Action taken,
        CancellationToken cancellationToken
    )
    {
        var receiver = new Receiver(taken);
        configure(receiver);
        var handle = _bus.ConnectReceiveEndpoint(
            queue,
            endpoint =>
            {
                // We send to queues and never publish, so no exchange per message type is needed.
                endpoint.ConfigureConsumeTopology = false;
                // Nor is a fault told to anybody: it is logged, and the message parked.
                endpoint.PublishFaults = false;
                endpoint.PrefetchCount = BusLimits.Prefetch;
                endpoint.ConcurrentMessageLimit = BusLimits.Concurrency;
                _transport.Configure(queue, endpoint);
                endpoint.UseMessageRetry(retry => retry.Intervals(BusLimits.RetryIntervals));
                receiver.Apply(endpoint);
            }
        );
        var subscription = new Subscription(handle);
        try
        {
            await Deadline.RunAsync(
                token => handle.Ready.WaitAsync(token),
                BusLimits.StartDeadline,
                $"The queue '{queue}' did not get ready in time.",
                cancellationToken
            );
            return subscription;
        }
        catch
        {
            await subscription.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await Deadline.StopAsync(_bus.StopAsync);

    private sealed class Subscription(HostReceiveEndpointHandle handle) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Deadline.StopAsync(handle.StopAsync);
    }

    /// <summary>Without being mandatory the broker confirms a message that no queue took, and it is lost.</summary>
    private static IPipe<SendContext<T>> Mandatory<T>(string queue)
        where T : class =>
        Pipe.Execute<SendContext<T>>(context =>
        {
            if (context.TryGetPayload<RabbitMqSendContext>(out var rabbitMq))
            {
                rabbitMq.Mandatory = true;
                // A queue's own exchange sends all to it and looks at no key; what leads to many goes by it.
                rabbitMq.RoutingKey = queue;
            }
        });
}
