using System.Threading.Channels;
using Orchestrator.Contracts.Bus;

namespace Orchestrator.Messaging.Tests;

public sealed class InMemoryBusTests : MessageBusTests
{
    protected override Task<MessageBus> StartBusAsync() => MessageBus.StartInMemoryAsync(Token);

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
