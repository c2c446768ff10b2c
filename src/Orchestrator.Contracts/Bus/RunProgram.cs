namespace Orchestrator.Contracts.Bus;

/// <summary>Asks a host to run a program in an instance; the answer goes to <see cref="ReplyQueue"/>.</summary>
public sealed record RunProgram
{
    public required string RequestId { get; init; }

    public required string ReplyQueue { get; init; }

    public required string InstanceId { get; init; }

    /// <summary>The program and its arguments; at least one.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>What the program reads.</summary>
    public string Input { get; init; } = "";

    /// <summary>1 to 60,000; then the program is killed.</summary>
    public required int TimeoutMilliseconds { get; init; }
}

public sealed record ProgramRan
{
    public required string RequestId { get; init; }

    /// <summary>Null if it did not run to its end.</summary>
    public int? ExitCode { get; init; }

    /// <summary>At most 64 KiB, as UTF-8.</summary>
    public required string Output { get; init; }

    /// <summary>At most 64 KiB, as UTF-8.</summary>
    public required string Errors { get; init; }

    /// <summary>Whether there was more of either than fits.</summary>
    public required bool IsCut { get; init; }

    /// <summary>Why it did not run to its end; empty if it did.</summary>
    public required string Failure { get; init; }
}
