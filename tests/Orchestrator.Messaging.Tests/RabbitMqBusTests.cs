using System.Diagnostics;
using System.Threading.Channels;
using Orchestrator.Contracts.Bus;
using Orchestrator.Tests.Shared;
using RabbitMQ.Client;

namespace Orchestrator.Messaging.Tests;

[CollectionDefinition(nameof(OneBroker))]
public sealed class OneBroker : ICollectionFixture<BrokerFixture>;

[Collection(nameof(OneBroker))]
public sealed class RabbitMqQuorumTests(BrokerFixture fixture) : MessageBusTests
{
    protected override Task<MessageBus> StartBusAsync() =>
        MessageBus.StartRabbitMqAsync(fixture.Settings() with { Queues = QueueKind.Quorum }, Token);
}

[Collection(nameof(OneBroker))]
public sealed class RabbitMqBusTests(BrokerFixture fixture) : MessageBusTests
{
    protected override Task<MessageBus> StartBusAsync() => MessageBus.StartRabbitMqAsync(fixture.Settings(), Token);

    [Fact]
    public async Task A_parked_message_waits_for_somebody_to_look_at_it()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        await using var receiving = await bus.ReceiveAsync<AssignHost>(
            queue,
            (_, _) => throw new InvalidOperationException("Cannot handle it."),
            Token
        );
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);

        await bus.SendAsync(queue, AnAssignment(revision: 1), Token);

        await Poll.UntilAsync(
            async () =>
            {
                // Asking for a queue that does not exist yet closes the channel.
                await using var asking = await connection.CreateChannelAsync(cancellationToken: Token);
                var answer = await Record.ExceptionAsync(() =>
                    asking.QueueDeclarePassiveAsync($"{queue}_error", Token)
                );
                return answer is null && await asking.MessageCountAsync($"{queue}_error", Token) == 1;
            },
            Patience
        );
    }

    [Fact]
    public async Task A_queue_of_another_type_fails_in_time_and_sending_to_it_works()
    {
        var queue = NewQueue();
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
        await channel.QueueDeclareAsync(queue, true, false, false, cancellationToken: Token);
        await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, cancellationToken: Token);
        await channel.QueueBindAsync(queue, queue, "", cancellationToken: Token);
        await using var bus = await MessageBus.StartRabbitMqAsync(
            fixture.Settings() with
            {
                Queues = QueueKind.Quorum,
            },
            Token
        );
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

/// <summary>Its own broker, because it kills it.</summary>
public sealed class RabbitMqRestartTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_the_broker_was_killed_and_came_back_commands_and_telemetry_flow_again()
    {
        await using var bus = await MessageBus.StartRabbitMqAsync(fixture.Settings(), Token);
        var commands = Channel.CreateUnbounded<ReadLogs>();
        var telemetry = Channel.CreateUnbounded<Telemetry>();
        await using var receiving = await bus.ReceiveAsync<ReadLogs>("restart", commands.Writer.TakeAsync, Token);
        await using var listening = await bus.ReceiveTelemetryAsync(
            "restart-telemetry",
            telemetry.Writer.TakeAsync,
            Token
        );

        await fixture.Broker.KillAsync();
        // While it is away: a send fails in time, telemetry does not wait at all.
        var refused = await Record.ExceptionAsync(() => bus.SendAsync("restart", ALogRequest("lost"), Token));
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 2 * BusLimits.TelemetryBacklog; i++)
        {
            await bus.SendTelemetryAsync("restart-telemetry", new Telemetry(), Token);
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1));
        Assert.True(bus.DroppedTelemetry > 0);
        Assert.IsType<TimeoutException>(refused);
        await fixture.Broker.StartServerAsync(Token);

        await Poll.UntilAsync(
            async () =>
                await Record.ExceptionAsync(() => bus.SendAsync("restart", ALogRequest("found"), Token)) is null,
            Patience
        );
        await Poll.UntilAsync(
            () => Task.FromResult(commands.Reader.TryRead(out var request) && request.RequestId == "found"),
            Patience
        );
        await Poll.UntilAsync(
            async () =>
            {
                await bus.SendTelemetryAsync("restart-telemetry", new Telemetry(), Token);
                return telemetry.Reader.TryRead(out _);
            },
            Patience
        );
    }

    private static ReadLogs ALogRequest(string id) =>
        new()
        {
            RequestId = id,
            ReplyQueue = "replica-1",
            InstanceId = "i1",
            TailLines = 1,
        };
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
