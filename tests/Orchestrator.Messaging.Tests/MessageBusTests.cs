using System.Threading.Channels;
using Orchestrator.Contracts.Bus;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Messaging.Tests;

/// <summary>What holds on every transport; one class per transport runs it.</summary>
public abstract class MessageBusTests
{
    /// <summary>Far above what anything here takes, so that only a hang reaches it.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract Task<MessageBus> StartBusAsync();

    [Fact]
    public async Task Every_message_of_the_bus_arrives_with_all_its_content()
    {
        await ArrivesAsync(SampleMessages.AssignHost);
        await ArrivesAsync(SampleMessages.HostReport);
        await ArrivesAsync(SampleMessages.RouteTable);
        await ArrivesAsync(SampleMessages.ReadLogs);
        await ArrivesAsync(SampleMessages.LogsRead);
    }

    [Fact]
    public async Task Two_message_types_share_a_queue()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var assignments = Channel.CreateUnbounded<AssignHost>();
        var requests = Channel.CreateUnbounded<ReadLogs>();
        await using var receiving = await bus.ReceiveAsync(
            queue,
            receiver =>
                receiver.Handle<AssignHost>(assignments.Writer.TakeAsync).Handle<ReadLogs>(requests.Writer.TakeAsync),
            Token
        );

        await bus.SendAsync(queue, AnAssignment(revision: 1), Token);
        await bus.SendAsync(queue, AReadLogs("r1"), Token);

        Assert.Equal(1, (await assignments.Reader.NextAsync()).Revision);
        Assert.Equal("r1", (await requests.Reader.NextAsync()).RequestId);
    }

    [Fact]
    public async Task Messages_are_handled_in_order_and_one_at_a_time()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var received = Channel.CreateUnbounded<long>();
        var running = 0;
        await using var receiving = await bus.ReceiveAsync<AssignHost>(
            queue,
            async (message, token) =>
            {
                Assert.Equal(1, Interlocked.Increment(ref running));
                await Task.Yield();
                Interlocked.Decrement(ref running);
                await received.Writer.WriteAsync(message.Revision, token);
            },
            Token
        );

        for (var revision = 0; revision < 200; revision++)
        {
            await bus.SendAsync(queue, AnAssignment(revision), Token);
        }

        for (var revision = 0; revision < 200; revision++)
        {
            Assert.Equal(revision, await received.Reader.NextAsync());
        }
    }

    [Fact]
    public async Task Sending_to_a_queue_that_nobody_received_from_throws()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();

        var refused = await Assert.ThrowsAsync<UndeliverableException>(() =>
            bus.SendAsync(queue, AnAssignment(revision: 1), Token)
        );

        Assert.Equal(queue, refused.Queue);
    }

    [Fact]
    public async Task A_handler_that_fails_is_tried_again_then_the_message_is_parked_and_the_next_one_handled()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var tries = 0;
        var received = Channel.CreateUnbounded<AssignHost>();
        var parked = Channel.CreateUnbounded<AssignHost>();
        await using var looking = await bus.ReceiveAsync<AssignHost>($"{queue}_error", parked.Writer.TakeAsync, Token);
        await using var receiving = await bus.ReceiveAsync<AssignHost>(
            queue,
            (message, token) =>
            {
                if (message.Revision == 1)
                {
                    Interlocked.Increment(ref tries);
                    throw new InvalidOperationException("Cannot handle the first.");
                }

                return received.Writer.TakeAsync(message, token);
            },
            Token
        );

        await bus.SendAsync(queue, AnAssignment(revision: 1), Token);
        await bus.SendAsync(queue, AnAssignment(revision: 2), Token);

        Assert.Equal(2, (await received.Reader.NextAsync()).Revision);
        Assert.Equal(1 + BusLimits.RetryIntervals.Length, tries);
        Assert.Equal(1, (await parked.Reader.NextAsync()).Revision);
    }

    [Fact]
    public async Task What_is_sent_while_the_receiver_is_away_arrives_when_it_is_back()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var received = Channel.CreateUnbounded<AssignHost>();
        var receiving = await bus.ReceiveAsync<AssignHost>(queue, received.Writer.TakeAsync, Token);
        await receiving.DisposeAsync();

        await bus.SendAsync(queue, AnAssignment(revision: 3), Token);
        Assert.False(received.Reader.TryRead(out _));
        await using var again = await bus.ReceiveAsync<AssignHost>(queue, received.Writer.TakeAsync, Token);

        Assert.Equal(3, (await received.Reader.NextAsync()).Revision);
    }

    [Fact]
    public async Task Telemetry_arrives_with_all_its_content()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var received = Channel.CreateUnbounded<Telemetry>();
        await using var receiving = await bus.ReceiveTelemetryAsync(queue, received.Writer.TakeAsync, Token);

        await bus.SendTelemetryAsync(queue, SampleMessages.Telemetry, Token);

        Assert.Equivalent(SampleMessages.Telemetry, await received.Reader.NextAsync(), strict: true);
    }

    [Fact]
    public async Task A_telemetry_handler_that_fails_loses_one_message_only()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var received = Channel.CreateUnbounded<Telemetry>();
        await using var receiving = await bus.ReceiveTelemetryAsync(
            queue,
            (telemetry, token) =>
                telemetry.Hosts[0].HostId == "bad"
                    ? throw new InvalidOperationException("Cannot handle this one.")
                    : received.Writer.TakeAsync(telemetry, token),
            Token
        );

        await bus.SendTelemetryAsync(queue, ATelemetry("bad"), Token);
        await bus.SendTelemetryAsync(queue, ATelemetry("good"), Token);

        Assert.Equal("good", (await received.Reader.NextAsync()).Hosts[0].HostId);
    }

    protected static string NewQueue() => $"test-{Guid.NewGuid():N}";

    protected static Telemetry ATelemetry(string hostId) =>
        new() { Hosts = [new HostHeartbeat(hostId, AgentSession: "s", Epoch: 1, Revision: 2, Digest: "d")] };

    protected static ReadLogs AReadLogs(string requestId) =>
        new()
        {
            RequestId = requestId,
            ReplyQueue = "replica-1",
            InstanceId = "i1",
            TailLines = 10,
        };

    protected static AssignHost AnAssignment(long revision) => SampleMessages.AssignHost with { Revision = revision };

    private async Task ArrivesAsync<T>(T message)
        where T : class
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var received = Channel.CreateUnbounded<T>();
        await using var receiving = await bus.ReceiveAsync<T>(queue, received.Writer.TakeAsync, Token);

        await bus.SendAsync(queue, message, Token);

        Assert.Equivalent(message, await received.Reader.NextAsync(), strict: true);
    }
}
