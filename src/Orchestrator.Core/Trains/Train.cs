using System.Collections.Immutable;

namespace Orchestrator.Core.Trains;

/// <summary>One dated departure of a line.</summary>
public sealed record Train
{
    public required TrainId Id { get; init; }

    public required DateTimeOffset DepartsAt { get; init; }

    public required TrainPhase Phase { get; init; }

    /// <summary>Null until it is sealed.</summary>
    public required Consist? Consist { get; init; }

    public required DateTimeOffset? EndedAt { get; init; }
}

/// <summary>What a train carries. The hash is what approvals bind to.</summary>
public sealed record Consist(ImmutableArray<Car> Cars, string Hash, DateTimeOffset SealedAt);

public sealed record Car(ServiceName Service, SemanticVersion Version, string Digest);

/// <summary>Where a train stands.</summary>
public abstract record TrainPhase
{
    private TrainPhase() { }

    /// <summary>Takes what is published before the cut-off.</summary>
    public sealed record Boarding : TrainPhase;

    /// <summary>Past the cut-off; nothing boards any more.</summary>
    public sealed record Sealed : TrainPhase;

    /// <summary>At a stage of its route, or on the way to it.</summary>
    public sealed record Departed(int StageIndex, DateTimeOffset Since) : TrainPhase;

    /// <summary>Every stage succeeded.</summary>
    public sealed record Arrived : TrainPhase;

    /// <summary>It succeeded at some stages, and was rolled back at the next.</summary>
    public sealed record ArrivedPartial(StageName FailedAt, string Reason) : TrainPhase;

    /// <summary>It was rolled back at its first stage.</summary>
    public sealed record Recalled(string Reason) : TrainPhase;

    public sealed record Cancelled(string Reason) : TrainPhase;

    /// <summary>Its time passed while nobody could let it depart; what it carried waits for the next one.</summary>
    public sealed record Missed(string Reason) : TrainPhase;
}
