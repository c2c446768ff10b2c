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

    /// <summary>Absent: none.</summary>
    public IReadOnlyList<AssignedFile>? Files { get; init; }

    /// <summary>Absent: none.</summary>
    public IReadOnlyList<AssignedVolume>? Volumes { get; init; }

    /// <summary>Absent: none.</summary>
    public IReadOnlyList<AssignedSecret>? Secrets { get; init; }
}

/// <summary>A secret that an instance gets, as a variable or as a file.</summary>
public sealed record AssignedSecret
{
    public required string Name { get; init; }

    /// <summary>Absent: it is a file.</summary>
    public string? Variable { get; init; }

    /// <summary>Absent: it is a variable.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The value, for this host alone: in base64 an ephemeral P-256 key (SubjectPublicKeyInfo, 91 bytes), nonce (12), tag (16)
    /// and AES-256-GCM's text, with the name as its associated data, under HKDF-SHA-256 of the agreed secret with that key
    /// as salt and the info <c>orchestrator-secret</c>. Absent: there is none, or the host has not said its key.
    /// </summary>
    public string? Sealed { get; init; }
}

/// <summary>A file that an instance may read at a path.</summary>
/// <param name="Mode">Its permissions, such as 420 for 0644.</param>
public sealed record AssignedFile(string Path, string Content, int Mode);

/// <summary>What is at a path beside what the image has there; exactly one of the next three says where it is from.</summary>
public sealed record AssignedVolume
{
    public required string Path { get; init; }

    /// <summary>A directory that the host keeps for the service at the stage.</summary>
    public string? Name { get; init; }

    /// <summary>What the host itself has there.</summary>
    public string? HostPath { get; init; }

    /// <summary>The size of what is in memory and gone with the instance. Absent: 0, it is one of the others.</summary>
    public int TemporaryMebibytes { get; init; }

    public bool IsReadOnly { get; init; }
}

/// <summary>What the kernel lets each of its processes have, named as <c>prlimit</c> does; -1 means unlimited.</summary>
public sealed record AssignedProcessLimit(string Name, long Soft, long Hard);
