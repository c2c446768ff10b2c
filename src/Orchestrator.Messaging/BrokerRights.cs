using Orchestrator.Contracts.Bus;

namespace Orchestrator.Messaging;

/// <summary>
/// What the user of one host needs on the broker, as the three patterns that RabbitMQ knows: what it may declare and delete,
/// what it may send to, and what it may read.
/// </summary>
public sealed record BrokerRights(string Configure, string Write, string Read)
{
    /// <summary>The suffixes are of names that the library derives, and of the exchange that is the host's own.</summary>
    /// <param name="hostId">As a DNS label: it has no underscore, so no host's names begin like another's.</param>
    public static BrokerRights OfHost(string hostId)
    {
        var own = $"{Queues.Host(hostId)}(_error|_skipped|_out)?";
        return new BrokerRights($"^{own}$", $"^({own}|{Queues.FromHosts})$", $"^{own}$");
    }
}
