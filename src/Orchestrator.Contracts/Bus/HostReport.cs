namespace Orchestrator.Contracts.Bus;

/// <summary>Everything an agent knows about its host. Sent when something changed and as the answer to every assignment.</summary>
public sealed record HostReport
{
    public required string HostId { get; init; }

    /// <summary>New with every start of the agent.</summary>
    public required string AgentSession { get; init; }

    /// <summary>Grows within a session; a lower one than already seen is stale.</summary>
    public required long Sequence { get; init; }

    /// <summary>Epoch and revision of the assignment that the agent holds; 0 and 0 if it holds none.</summary>
    public required long Epoch { get; init; }

    public required long Revision { get; init; }

    /// <summary>Identifies the content of <see cref="Instances"/>; the heartbeats that follow carry the same.</summary>
    public required string Digest { get; init; }

    public required HostFacts Facts { get; init; }

    public required IReadOnlyList<InstanceStatus> Instances { get; init; }

    /// <summary>
    /// The first 12 hexadecimal digits of the digest of each image that the host holds, the newest used first, at most 200.
    /// Absent from an agent that does not say.
    /// </summary>
    public IReadOnlyList<string>? Images { get; init; }
}

/// <summary>What a host has. Capacity is what instances may use, the host's own reserve already taken off.</summary>
public sealed record HostFacts
{
    public required int CpuMillicores { get; init; }

    public required int MemoryMebibytes { get; init; }

    /// <summary>Of the file system that instances are kept on. Absent from an agent that does not know it.</summary>
    public int? DiskMebibytes { get; init; }

    /// <summary>How many ports the agent has to pick from. Absent from an agent that does not say.</summary>
    public int? DynamicPorts { get; init; }

    /// <summary>How many devices of each class, such as <c>gpu</c>; their indexes count from 0. Absent: none.</summary>
    public IReadOnlyDictionary<string, int>? Devices { get; init; }

    /// <summary>How many of whatever else is counted, by name. Absent: nothing.</summary>
    public IReadOnlyDictionary<string, int>? Custom { get; init; }

    /// <summary>Such as <c>oci</c>, <c>docker</c> or <c>process</c>.</summary>
    public required string Runtime { get; init; }

    public required string AgentVersion { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>
    /// In base64 a P-256 key (SubjectPublicKeyInfo) that secrets for this host are encrypted with. Absent from an agent that
    /// takes none.
    /// </summary>
    public string? SecretsKey { get; init; }
}

public enum InstanceState
{
    /// <summary>Its image is fetched or it starts; not ready yet.</summary>
    Starting,

    /// <summary>Runs and passes its health check.</summary>
    Ready,

    /// <summary>Runs and fails its health check.</summary>
    NotReady,

    /// <summary>Ended or could not start; waits before the next try.</summary>
    Backoff,

    /// <summary>No longer assigned, and not gone yet.</summary>
    Stopping,

    /// <summary>It ended and is never restarted: <see cref="InstanceStatus.Exit"/> says how.</summary>
    Exited,
}

public sealed record InstanceStatus
{
    public required string InstanceId { get; init; }

    public required int Generation { get; init; }

    public required InstanceState State { get; init; }

    /// <summary><c>address:port</c> that the gateway reaches it at; empty while there is none.</summary>
    public required string Address { get; init; }

    /// <summary>How often the agent restarted it, since this generation began.</summary>
    public required int Restarts { get; init; }

    /// <summary>Why it is in this state, for people; empty when ready.</summary>
    public required string Reason { get; init; }

    /// <summary>Absent unless it is <see cref="InstanceState.Exited"/>.</summary>
    public InstanceExit? Exit { get; init; }
}

/// <summary>How an instance ended.</summary>
/// <param name="Code">0 to 255; 128 and the signal for one that was killed; -1 when it did not start or nobody saw its end.</param>
/// <param name="At">By the host's clock.</param>
public sealed record InstanceExit(int Code, DateTimeOffset At);
