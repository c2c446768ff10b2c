namespace Orchestrator.Contracts.Bus;

/// <summary>Asks a host to put a file into an instance that runs; the answer goes to <see cref="ReplyQueue"/>.</summary>
public sealed record CopyFile
{
    public required string RequestId { get; init; }

    public required string ReplyQueue { get; init; }

    public required string InstanceId { get; init; }

    /// <summary>Absolute, in the instance; its directory exists.</summary>
    public required string Path { get; init; }

    /// <summary>Permission bits, 0 to 511.</summary>
    public required int Mode { get; init; }

    /// <summary>In base64; at most 512 KiB of content.</summary>
    public required string Content { get; init; }
}

public sealed record FileCopied
{
    public required string RequestId { get; init; }

    /// <summary>Why it was not copied; empty if it was.</summary>
    public required string Failure { get; init; }
}
