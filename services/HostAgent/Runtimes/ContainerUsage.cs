namespace Orchestrator.HostAgent.Runtimes;

/// <summary>What a container has used since it started, and what it holds now.</summary>
internal sealed record ContainerUsage
{
    public required TimeSpan CpuTime { get; init; }

    /// <summary>Without the pages of files that the kernel can take back at once, where the runtime tells them apart.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Threads and processes, as control groups count them; null where the runtime does not tell.</summary>
    public required int? Tasks { get; init; }
}
