namespace Orchestrator.Contracts.Bus;

/// <summary>How the container of an instance is made and ended, beyond its program.</summary>
public sealed record AssignedContainer
{
    /// <summary>Such as <c>SIGQUIT</c>; absent: the image's own, else SIGTERM.</summary>
    public string? StopSignal { get; init; }

    /// <summary>Before the stop signal, from when it is not assigned any more. Absent: 0.</summary>
    public int PreStopMilliseconds { get; init; }

    /// <summary>Absent: as the runtime has it.</summary>
    public IReadOnlyList<AssignedProcessLimit>? Limits { get; init; }

    /// <summary>Whether an init of the host is its first process.</summary>
    public bool HasInit { get; init; }
}

/// <summary>What the kernel lets each of its processes have, named as <c>prlimit</c> does; -1 means unlimited.</summary>
public sealed record AssignedProcessLimit(string Name, long Soft, long Hard);
