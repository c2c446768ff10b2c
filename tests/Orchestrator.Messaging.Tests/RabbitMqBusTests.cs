using System.Diagnostics;
using System.Threading.Channels;
using Orchestrator.Contracts.Bus;
using Orchestrator.Tests.Shared;
using RabbitMQ.Client;

namespace Orchestrator.Messaging.Tests;

public sealed class RabbitMqBusTests(BrokerFixture fixture) : MessageBusTests, IClassFixture<BrokerFixture>
{
    protected override Task<MessageBus> StartBusAsync() => MessageBus.StartRabbitMqAsync(fixture.Settings(), Token);

    [Fact]
    public async Task A_queue_of_another_type_fails_in_time_and_sending_to_it_works()
    {
        var queue = NewQueue();
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
        await channel.QueueDeclareAsync(queue, true, false, false, cancellationToken: Token);
        await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, cancellationToken: Token);
        await channel.QueueBindAsync(queue, queue, "", cancellationToken: Token);
        await using var bus = await StartBusAsync();
        var clock = Stopwatch.StartNew();

        await bus.SendAsync(queue, AnAssignment(revision: 1), Token);
        await Assert.ThrowsAsync<TimeoutException>(() =>
            bus.ReceiveAsync<AssignHost>(queue, (_, _) => Task.CompletedTask, Token)
        );

        Assert.Equal(1u, await channel.MessageCountAsync(queue, Token));
        Assert.True(clock.Elapsed < BusLimits.StartDeadline + BusLimits.StopDeadline + TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Telemetry_for_a_full_queue_pushes_out_the_oldest()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        await using var receiving = await bus.ReceiveTelemetryAsync(queue, (_, _) => Task.CompletedTask, Token);
        await receiving.DisposeAsync();
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);

        for (var i = 0; i < BusLimits.TelemetryQueueLength + 5; i++)
        {
            await channel.BasicPublishAsync("", queue, false, new BasicProperties(), new byte[1], Token);
        }

        await Poll.UntilAsync(
            async () => await channel.MessageCountAsync(queue, Token) == BusLimits.TelemetryQueueLength,
            Patience
        );
        Assert.Equal((uint)BusLimits.TelemetryQueueLength, await channel.MessageCountAsync(queue, Token));
    }

    [Fact]
    public async Task Telemetry_that_is_not_ours_is_skipped()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var received = Channel.CreateUnbounded<Telemetry>();
        await using var receiving = await bus.ReceiveTelemetryAsync(queue, received.Writer.TakeAsync, Token);
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);

        await channel.BasicPublishAsync("", queue, false, new BasicProperties(), "no json"u8.ToArray(), Token);
        await bus.SendTelemetryAsync(queue, ATelemetry("h1"), Token);

        Assert.Equal("h1", (await received.Reader.NextAsync()).Hosts[0].HostId);
    }

    [Fact]
    public async Task Without_a_broker_the_start_fails_in_time()
    {
        var settings = fixture.Settings() with { Port = 1 };

        await Assert.ThrowsAsync<TimeoutException>(() => MessageBus.StartRabbitMqAsync(settings, Token));
    }

    private async Task<IConnection> ConnectAsync() =>
        await new ConnectionFactory { HostName = "127.0.0.1", Port = fixture.Settings().Port }.CreateConnectionAsync(
            Token
        );
}

public sealed class BrokerFixture : IAsyncLifetime
{
    private RabbitMqBroker? _broker;

    internal RabbitMqBroker Broker => _broker ?? throw new InvalidOperationException("There is no broker.");

    public RabbitMqSettings Settings()
    {
        Assert.SkipWhen(RabbitMqBroker.WhyNot is not null, RabbitMqBroker.WhyNot ?? "");
        return new RabbitMqSettings
        {
            Host = "127.0.0.1",
            Port = Broker.Port,
            VirtualHost = "/",
            User = "guest",
            Password = "guest",
        };
    }

    public async ValueTask InitializeAsync()
    {
        if (RabbitMqBroker.WhyNot is null)
        {
            _broker = await RabbitMqBroker.StartAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }
}
