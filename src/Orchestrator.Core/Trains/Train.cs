using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Trains;

/// <summary>One dated departure of a line.</summary>
public sealed record Train
{
    public required TrainId Id { get; init; }

    public required DateTimeOffset DepartsAt { get; init; }

    public required TrainPhase Phase { get; init; }

    /// <summary>Null until it is sealed.</summary>
    public required Consist? Consist { get; init; }

    /// <summary>None until it is sealed.</summary>
    internal ImmutableArray<Car> Cars => Consist?.Cars ?? [];

    public required DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why there is this train: null for one that the timetable has.</summary>
    public TrainOrder? Order { get; init; }

    /// <summary>
    /// From sealing on, what it goes through: a copy, so that editing the line does not change a train under way. Empty
    /// before, and in trains of earlier days, which go by their line's.
    /// </summary>
    public ImmutableArray<Stage> Route { get; init; } = [];

    /// <summary>
    /// From sealing on, each stage that it has not left yet and where another version runs. Empty once it has ended.
    /// </summary>
    public ImmutableArray<StageReservation> Reservations { get; init; } = [];

    /// <summary>
    /// From sealing on, each stage that it has not left yet: who is likely to run there what it carries, and did not have
    /// its image. Empty once it has ended.
    /// </summary>
    public ImmutableArray<StagePrefetch> Prefetch { get; init; } = [];

    /// <summary>Given ahead, for stages that it has not come to; at most one of each person and stage.</summary>
    public ImmutableArray<AdvanceApproval> Approvals { get; init; } = [];

    /// <summary>Null until somebody has reviewed why the glass was broken for it.</summary>
    public TrainReview? Review { get; init; }

    /// <summary>Of the car of the service at the stage; of a service that it carries.</summary>
    public RolloutId RolloutOf(StageName stage, ServiceName service) =>
        Cars is [var first, ..] && first.Service == service
            ? RolloutId.Of(Id, stage)
            : RolloutId.Of(Id, stage, service);

    /// <summary>The version of the service that it has aboard; null if it has none.</summary>
    public SemanticVersion? CarriedOf(ServiceName service) =>
        Cars.FirstOrDefault(car => car.Service == service)?.Version;

    /// <summary>Whether it is for more than one service, which succeed or go back together.</summary>
    internal bool IsCoupled => Cars.Length > 1;

    /// <summary>Whose instances the room is for.</summary>
    internal ServiceName ServiceOf(StageReservation reservation) => reservation.Coupled ?? Cars[0].Service;

    /// <summary>Whose image it is.</summary>
    internal Car CarOf(StagePrefetch prefetch) =>
        prefetch.Coupled is { } coupled ? Cars.First(car => car.Service == coupled) : Cars[0];

    public bool NeedsReview => Order?.BreakGlassUntil is not null && Review is null;

    /// <summary>What it has no room for yet, for people; empty when nothing is missing.</summary>
    public string Shortage { get; init; } = "";
}

/// <summary>A departure off the timetable: who asked for it, and why.</summary>
public sealed record TrainOrder(TrainPurpose Purpose, string Actor, string Reason)
{
    /// <summary>Until then neither windows nor approvals hold for it: the glass is broken. Null for a usual order.</summary>
    public DateTimeOffset? BreakGlassUntil { get; init; }

    public bool IsGlassBroken(DateTimeOffset now) => now < BreakGlassUntil;
}

/// <summary>An approval that was given before the rollout that it is for has begun to wait.</summary>
public sealed record AdvanceApproval(
    StageName Stage,
    string Actor,
    string Reason,
    string ConsistHash,
    DateTimeOffset At
)
{
    /// <summary>In whose stead it was given; null for the actor's own.</summary>
    public string? For { get; init; }
}

/// <summary>Somebody else has looked at why the glass was broken.</summary>
public sealed record TrainReview(string Actor, string Findings, DateTimeOffset At);

public enum TrainPurpose
{
    /// <summary>Leaves at once, and passes every gate and the judge as any other.</summary>
    Express,

    /// <summary>Brings back at one stage what succeeded there before: at once, without canary and approval.</summary>
    Rollback,
}

/// <summary>Room that is kept at a stage, so that a rollout there, and its way back, never waits for any.</summary>
/// <param name="Rooms">By host, each once.</param>
public sealed record StageReservation(StageName Stage, ImmutableArray<ReservedRoom> Rooms)
{
    /// <summary>Of a coupled car; null for the train's first one.</summary>
    public ServiceName? Coupled { get; init; }
}

/// <summary>Hosts that are told of an image before anything of it is assigned to them.</summary>
/// <param name="Hosts">By id, each once.</param>
public sealed record StagePrefetch(StageName Stage, ImmutableArray<HostId> Hosts)
{
    /// <summary>Of a coupled car; null for the train's first one.</summary>
    public ServiceName? Coupled { get; init; }
}

/// <param name="Room">On top of what is placed there.</param>
/// <param name="Instances">
/// How many more it is for; what is more than they need is for instances there that may be exchanged for larger ones.
/// </param>
public sealed record ReservedRoom(HostId Host, Resources Room, int Instances);

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

    /// <summary>Rolls back wherever it is the newest.</summary>
    public sealed record Recalling(string Actor, string Reason, DateTimeOffset Since) : TrainPhase
    {
        /// <summary>Null for every stage.</summary>
        public StageName? Only { get; init; }
    }

    /// <summary>Every stage succeeded.</summary>
    public sealed record Arrived : TrainPhase;

    /// <summary>It succeeded at some stages, and was rolled back or superseded at the next.</summary>
    public sealed record ArrivedPartial(StageName FailedAt, string Reason) : TrainPhase;

    /// <summary>It was rolled back at its first stage, or wherever it was the newest when a person recalled it.</summary>
    public sealed record Recalled(string Reason) : TrainPhase;

    public sealed record Cancelled(string Reason) : TrainPhase;

    /// <summary>Its time passed while nobody could let it depart; what it carried waits for the next one.</summary>
    public sealed record Missed(string Reason) : TrainPhase;
}
