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
}
