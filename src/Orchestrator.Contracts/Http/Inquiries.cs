namespace Orchestrator.Contracts.Http;

/// <summary>A program to run in an instance.</summary>
public sealed record ExecRequest
{
    /// <summary>The program and its arguments: 1 to 100, together at most 8 KiB.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>What the program reads; at most 64 KiB.</summary>
    public string Input { get; init; } = "";

    /// <summary>1 to 60; then the program is killed. Absent: 10.</summary>
    public int? TimeoutSeconds { get; init; }
}

public sealed record ExecResult
{
    /// <summary>Null if it did not run to its end.</summary>
    public int? ExitCode { get; init; }

    /// <summary>At most 64 KiB.</summary>
    public required string Output { get; init; }

    /// <summary>At most 64 KiB.</summary>
    public required string Errors { get; init; }

    /// <summary>Whether there was more of either.</summary>
    public required bool IsCut { get; init; }

    /// <summary>Why it did not run to its end; empty if it did.</summary>
    public required string Failure { get; init; }
}

/// <summary>A file to put into an instance.</summary>
public sealed record FileCopyRequest
{
    /// <summary>Absolute, in the instance; its directory exists.</summary>
    public required string Path { get; init; }

    /// <summary>Permissions as three or four octal digits.</summary>
    public string Mode { get; init; } = "0644";

    /// <summary>In base64; at most 512 KiB of content.</summary>
    public required string Content { get; init; }
}

/// <summary>What instances use now, most CPU first.</summary>
public sealed record UsageView
{
    public required IReadOnlyList<InstanceUsageView> Instances { get; init; }

    /// <summary>Hosts that did not answer, and why.</summary>
    public required IReadOnlyList<SilentHost> Silent { get; init; }
}

public sealed record InstanceUsageView
{
    public required string Instance { get; init; }

    public required string Host { get; init; }

    public required string Version { get; init; }

    /// <summary>Over half a second.</summary>
    public required int CpuMillicores { get; init; }

    public required int CpuRequestMillicores { get; init; }

    public required double MemoryMebibytes { get; init; }

    public required int MemoryRequestMebibytes { get; init; }

    /// <summary>Threads and processes; null where the runtime does not tell.</summary>
    public int? Tasks { get; init; }
}

public sealed record SilentHost(string Host, string Reason);
