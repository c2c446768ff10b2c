namespace Orchestrator.Contracts.Bus;

/// <summary>Asks a host for a piece of an instance's log; the answer goes to <see cref="ReplyQueue"/>.</summary>
public sealed record ReadLogs
{
    public required string RequestId { get; init; }

    public required string ReplyQueue { get; init; }

    public required string InstanceId { get; init; }

    /// <summary>Where to go on, from an earlier answer; null for the last <see cref="TailLines"/> lines.</summary>
    public long? Offset { get; init; }

    public required int TailLines { get; init; }
}

/// <param name="IsFound">False when the host has no log of this instance.</param>
/// <param name="NextOffset">To ask for what comes after.</param>
public sealed record LogsRead(string RequestId, bool IsFound, string Text, long NextOffset);
