using System.Threading.Channels;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Messaging.Tests;

public sealed class InMemoryBusTests : MessageBusTests
{
    protected override Task<MessageBus> StartBusAsync() => MessageBus.StartInMemoryAsync(Token);

    [Fact]
    public async Task A_queue_without_a_receiver_does_not_grow_without_bound()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        var received = Channel.CreateUnbounded<ReadLogs>();
        var receiving = await bus.ReceiveAsync<ReadLogs>(queue, received.Writer.TakeAsync, Token);
        await receiving.DisposeAsync();
        for (var i = 0; i < BusLimits.QueueLength; i++)
        {
            await bus.SendAsync(queue, AReadLogs("r"), Token);
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => bus.SendAsync(queue, AReadLogs("r"), Token));
        await using var again = await bus.ReceiveAsync<ReadLogs>(queue, received.Writer.TakeAsync, Token);
        await received.Reader.NextAsync();

        await bus.SendAsync(queue, AReadLogs("r"), Token);
    }

    [Fact]
    public async Task Too_much_telemetry_drops_the_oldest_and_does_not_block()
    {
        await using var bus = await StartBusAsync();
        var queue = NewQueue();
        for (var i = 0; i < BusLimits.TelemetryBacklog + 10; i++)
        {
            await bus.SendTelemetryAsync(queue, ATelemetry($"h{i}"), Token);
        }

        Assert.Equal(10, bus.DroppedTelemetry);
        var received = Channel.CreateUnbounded<Telemetry>();
        await using var receiving = await bus.ReceiveTelemetryAsync(queue, received.Writer.TakeAsync, Token);
        Assert.Equal("h10", (await received.Reader.NextAsync()).Hosts[0].HostId);
    }
}
