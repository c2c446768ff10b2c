namespace Orchestrator.Contracts.Bus;

/// <summary>Asks a host what its instances use; the answer goes to <see cref="ReplyQueue"/>.</summary>
public sealed record MeasureInstances
{
    public required string RequestId { get; init; }

    public required string ReplyQueue { get; init; }
}

public sealed record InstancesMeasured
{
    public required string RequestId { get; init; }

    /// <summary>Those that run and that the runtime can measure.</summary>
    public required IReadOnlyList<InstanceUsage> Instances { get; init; }
}

public sealed record InstanceUsage
{
    public required string InstanceId { get; init; }

    /// <summary>Over the half second that was measured.</summary>
    public required int CpuMillicores { get; init; }

    public required long MemoryBytes { get; init; }

    /// <summary>Threads and processes; absent where the runtime does not tell.</summary>
    public int? Tasks { get; init; }
}
