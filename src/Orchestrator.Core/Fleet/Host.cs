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

    /// <summary>What secrets for it are encrypted with, so that nobody on the way can read them; null if it does not say.</summary>
    public string? SecretsKey { get; init; }

    /// <summary>Null while the agent is heard.</summary>
    public required DateTimeOffset? LostSince { get; init; }

    /// <summary>When it was heard again after it had been lost; null once it reports that it holds its newest assignment.</summary>
    public DateTimeOffset? ReturnedAt { get; init; }

    /// <summary>Who asked for its drain and until when; null when nobody said more than that it shall drain.</summary>
    public HostDrain? Drain { get; init; }

    /// <summary>The one word for people. What keeps it from being used comes before what is wanted of it.</summary>
    public HostState State =>
        (LostSince, ReturnedAt, Availability) switch
        {
            (not null, _, _) => HostState.Lost,
            (_, not null, _) => HostState.Reconnected,
            (_, _, HostAvailability.Draining) => Drain?.DoneAt is null ? HostState.Draining : HostState.Drained,
            (_, _, HostAvailability.Cordoned) => HostState.Cordoned,
            _ => HostState.Ready,
        };

    /// <summary>Whether what it runs moves away now, whatever its services need.</summary>
    public bool IsDrainOverdue(DateTimeOffset now) =>
        Availability == HostAvailability.Draining && Drain?.Deadline is { } deadline && now >= deadline;
}

/// <summary>A person's wish that a host be emptied.</summary>
public sealed record HostDrain
{
    public required string AskedBy { get; init; }

    /// <summary>May be empty.</summary>
    public required string Reason { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>Until then each service's availability is respected, afterwards no longer; null waits for ever.</summary>
    public required DateTimeOffset? Deadline { get; init; }

    /// <summary>Whether the journal says already that the deadline is over.</summary>
    public required bool IsOverdue { get; init; }

    /// <summary>When nothing was left on it; null before.</summary>
    public required DateTimeOffset? DoneAt { get; init; }
}

public enum HostState
{
    Ready,
    Cordoned,
    Draining,

    /// <summary>Nothing is left on it, and it takes no new instance.</summary>
    Drained,

    /// <summary>Silent for too long; what it ran was given up.</summary>
    Lost,

    /// <summary>Heard again, and not known yet to hold its newest assignment. Takes no new instance.</summary>
    Reconnected,
}

public enum HostAvailability
{
    Open,

    /// <summary>Takes no new instance.</summary>
    Cordoned,

    /// <summary>Takes no new instance, and what it runs moves away.</summary>
    Draining,
}
