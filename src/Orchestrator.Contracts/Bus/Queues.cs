namespace Orchestrator.Contracts.Bus;

/// <summary>Names of the queues, one per receiver.</summary>
public static class Queues
{
    /// <summary>Host reports to the conductor of a cell.</summary>
    public static string Conductor(string cell) => $"conductor-{cell}";

    /// <summary>Heartbeats and samples to the conductor of a cell.</summary>
    public static string Telemetry(string cell) => $"telemetry-{cell}";

    /// <summary>Assignments and log requests to a host.</summary>
    public static string Host(string hostId) => $"host-{hostId}";

    /// <summary>Route tables to a gateway.</summary>
    public static string Gateway(string gatewayId) => $"gateway-{gatewayId}";

    /// <summary>Answers to one replica of the control plane.</summary>
    public static string Replica(string replicaId) => $"replica-{replicaId}";

    /// <summary>
    /// The exchange that leads to the queues of control planes and to no other: what hosts send goes through it, and it is
    /// the only thing of others that a host's user on the broker may write to.
    /// </summary>
    public const string FromHosts = "from-hosts";

    /// <summary>An exchange of the host's own, before <see cref="FromHosts"/>: whoever sends declares where to.</summary>
    public static string OutOf(string hostId) => $"{Host(hostId)}_out";

    /// <summary>Whether hosts may send to it.</summary>
    public static bool IsOpenToHosts(string queue) =>
        queue.StartsWith(Conductor(""), StringComparison.Ordinal)
        || queue.StartsWith(Telemetry(""), StringComparison.Ordinal)
        || queue.StartsWith(Replica(""), StringComparison.Ordinal);
}
