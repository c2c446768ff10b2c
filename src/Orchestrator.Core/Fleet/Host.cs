using System.Collections.Immutable;

namespace Orchestrator.Core.Fleet;

/// <summary>A machine that runs containers, as its agent last reported it and as operators set it.</summary>
public sealed record Host
{
    public required HostId Id { get; init; }

    /// <summary>What instances may use.</summary>
    public required Resources Capacity { get; init; }

    public required ImmutableSortedDictionary<string, string> Labels { get; init; }

    public required string Runtime { get; init; }

    public required string AgentVersion { get; init; }

    public required string AgentSession { get; init; }

    public required long ReportSequence { get; init; }

    public required string ReportDigest { get; init; }

    /// <summary>Epoch and revision of the assignment that the agent held when it reported.</summary>
    public required long ReportEpoch { get; init; }

    public required long ReportRevision { get; init; }

    public required HostAvailability Availability { get; init; }

    /// <summary>
    /// Which images it holds, as <see cref="ImageKey"/> numbers them, ascending; at most <see cref="ImageKey.MaxPerHost"/>.
    /// Empty where the agent does not say.
    /// </summary>
    public ImmutableArray<long> Images { get; init; } = [];

    /// <summary>Null while the agent is heard.</summary>
    public required DateTimeOffset? LostSince { get; init; }
}

public enum HostAvailability
{
    Open,

    /// <summary>Takes no new instance.</summary>
    Cordoned,

    /// <summary>Takes no new instance, and what it runs moves away.</summary>
    Draining,
}
