namespace Orchestrator.Contracts.Http;

public sealed record HostView
{
    public required string Id { get; init; }

    /// <summary>Ready, Cordoned, Draining, Drained, Lost or Reconnected.</summary>
    public required string State { get; init; }

    /// <summary>Why it is in its state and what it waits for; empty when there is nothing to say.</summary>
    public string Reason { get; init; } = "";

    public required string Runtime { get; init; }

    public required int CpuMillicores { get; init; }

    public required int CpuUsedMillicores { get; init; }

    public required int MemoryMebibytes { get; init; }

    public required int MemoryUsedMebibytes { get; init; }

    /// <summary>0 when its agent does not say.</summary>
    public int DiskMebibytes { get; init; }

    public int DiskUsedMebibytes { get; init; }

    /// <summary>What placement may set aside; null where its pools' rules leave it as reported.</summary>
    public int? CpuEffectiveMillicores { get; init; }

    /// <inheritdoc cref="CpuEffectiveMillicores"/>
    public int? MemoryEffectiveMebibytes { get; init; }

    /// <inheritdoc cref="CpuEffectiveMillicores"/>
    public int? DiskEffectiveMebibytes { get; init; }

    /// <summary>What else it has or what is taken of it, one line each, such as <c>device/gpu/0 500 of 1000</c>.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>Room that trains keep on it, one line each, such as <c>checkoutservice/2 prod: 500m, 512Mi</c>.</summary>
    public IReadOnlyList<string> Reserved { get; init; } = [];

    public required int Instances { get; init; }

    public required DateTimeOffset LastHeardAt { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }
}
