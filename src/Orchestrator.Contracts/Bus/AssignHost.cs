namespace Orchestrator.Contracts.Bus;

/// <summary>
/// The whole desired set of a host at a revision. The agent converges to it, remembers it on disk and refuses a lower
/// (epoch, revision). Losing, repeating or reordering this message is harmless.
/// </summary>
public sealed record AssignHost
{
    public required string HostId { get; init; }

    /// <summary>
    /// The conductor's lease epoch; a lower epoch than one already seen changes nothing. 0 asks for a report and nothing
    /// else: the conductor hears a host that it does not know.
    /// </summary>
    public required long Epoch { get; init; }

    /// <summary>Grows with every change of this host's assignment.</summary>
    public required long Revision { get; init; }

    public required IReadOnlyList<AssignedInstance> Instances { get; init; }

    /// <summary>
    /// Images, <c>name@sha256:…</c>, of which instances are likely to be assigned soon: the host may fetch them meanwhile, the
    /// first ones first. Absent: none.
    /// </summary>
    public IReadOnlyList<string>? Prefetch { get; init; }
}

/// <summary>One instance that a host shall run. A changed generation means: replace the running one.</summary>
public sealed record AssignedInstance
{
    public required string InstanceId { get; init; }

    public required int Generation { get; init; }

    public required string Service { get; init; }

    public required string Stage { get; init; }

    public required string Version { get; init; }

    /// <summary><c>name@sha256:…</c>; never a tag.</summary>
    public required string Image { get; init; }

    /// <summary>The program, rooted in the image, and its arguments; empty means the image's own entry point.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required int CpuMillicores { get; init; }

    /// <summary>0 means no limit.</summary>
    public required int CpuLimitMillicores { get; init; }

    public required int MemoryMebibytes { get; init; }

    /// <summary>0 means no limit.</summary>
    public required int MemoryLimitMebibytes { get; init; }

    /// <summary>
    /// The port that the service listens on in its own network. On a shared network the agent allocates one and passes
    /// it as <c>PORT</c>. 0 means that the instance answers no requests.
    /// </summary>
    public required int Port { get; init; }

    /// <summary>
    /// Ports of the host that are this instance's alone; the first is its <c>PORT</c> if it answers requests. Absent or
    /// empty: the agent picks one.
    /// </summary>
    public IReadOnlyList<int>? HostPorts { get; init; }

    /// <summary>By class, such as <c>gpu</c>: the indexes of the devices that it got. Absent: none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? Devices { get; init; }

    /// <summary>Absent: ready as soon as it runs.</summary>
    public AssignedHealthCheck? Health { get; init; }

    /// <summary>
    /// Asked from when it was ready first; fails often enough, and the agent restarts it. Absent, and always for
    /// <see cref="RestartPolicy.Never"/>: not asked.
    /// </summary>
    public AssignedHealthCheck? Liveness { get; init; }

    /// <summary>From the stop signal to SIGKILL, in milliseconds.</summary>
    public required int StopGraceMilliseconds { get; init; }

    /// <summary>Absent: nothing beyond all that.</summary>
    public AssignedContainer? Container { get; init; }

    /// <summary>Absent, as from an older conductor: <see cref="RestartPolicy.Always"/>.</summary>
    public RestartPolicy Restart { get; init; }
}

/// <summary>What an agent does about an instance that ended by itself.</summary>
public enum RestartPolicy
{
    /// <summary>Starts it again, after a delay that grows.</summary>
    Always,

    /// <summary>
    /// Reports its exit for as long as it is assigned, and never starts it again. Its health check tells whether it is
    /// ready and ends nothing.
    /// </summary>
    Never,
}

/// <summary>A question that an agent asks an instance again and again.</summary>
public sealed record AssignedHealthCheck
{
    /// <summary>Absent, as from an older conductor: <see cref="HealthProtocol.Http"/>.</summary>
    public HealthProtocol Protocol { get; init; }

    /// <summary>Of an HTTP request: 200 to 399 is healthy. Empty for the other protocols.</summary>
    public required string Path { get; init; }

    /// <summary>For <see cref="HealthProtocol.Exec"/>: the program, rooted in the image, and its arguments.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>For <see cref="HealthProtocol.Grpc"/>: the service that is asked for; absent or empty for the whole server.</summary>
    public string? Service { get; init; }

    public required int IntervalMilliseconds { get; init; }

    public required int TimeoutMilliseconds { get; init; }

    /// <summary>Consecutive failures that make a ready instance not ready, or have one restarted that is not alive.</summary>
    public required int UnhealthyAfter { get; init; }

    /// <summary>Not ready this long after its start: the agent restarts it. In milliseconds; 0 for liveness.</summary>
    public required int StartupMilliseconds { get; init; }
}

/// <summary>How an instance is asked whether it is well.</summary>
public enum HealthProtocol
{
    Http,

    /// <summary>A connection to its port is well.</summary>
    Tcp,

    /// <summary>A program in the instance; exit code 0 is well.</summary>
    Exec,

    /// <summary><c>grpc.health.v1.Health/Check</c> on its port, unencrypted; <c>SERVING</c> is well.</summary>
    Grpc,
}
