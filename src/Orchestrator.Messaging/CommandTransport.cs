using MassTransit;

namespace Orchestrator.Messaging;

/// <summary>What differs between transports in how commands are sent and received.</summary>
/// <param name="AddressOf">Where what is for a queue is sent. Never queue:x, which redeclares the queue and hangs for ever if it is of another type.</param>
/// <param name="Configure">What a queue, by name, has beyond its handlers.</param>
internal sealed record CommandTransport(
    Func<string, Uri> AddressOf,
    Action<string, IReceiveEndpointConfigurator> Configure
)
{
    /// <summary>To the exchange of the queue.</summary>
    public static Uri ExchangeOf(string queue) => new($"exchange:{queue}");
}
