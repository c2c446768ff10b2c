using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>Where one instance goes, and why not elsewhere.</summary>
public abstract record PlacementDecision
{
    private PlacementDecision() { }

    /// <param name="Score">0 to <see cref="PlacementFleet.MaxScore"/>.</param>
    /// <param name="Refusals">Hosts by the first reason against them; with <paramref name="Feasible"/> they sum to the number of hosts.</param>
    public sealed record Placed(
        HostId Host,
        int Score,
        int Feasible,
        ImmutableSortedDictionary<RefusalReason, int> Refusals
    ) : PlacementDecision;

    /// <param name="Refusals">Sum to the number of hosts.</param>
    /// <param name="NearestMiss">Such as <c>host h3 lacks 256 MiB of memory</c>; empty when no host is refused for lack
    /// of room alone.</param>
    public sealed record Unplaceable(ImmutableSortedDictionary<RefusalReason, int> Refusals, string NearestMiss)
        : PlacementDecision;
}

/// <summary>Why a host is refused; the first that applies, in this order.</summary>
public enum RefusalReason
{
    Lost,
    Reconnected,
    NotInPool,
    BreaksConstraint,

    /// <summary>Its rollout is not there yet, or has been there.</summary>
    OutsideWave,
    Cordoned,
    Draining,
    LacksCpu,
    LacksMemory,
    TooManyOnHost,
    LacksDisk,
    PortTaken,
    LacksPorts,
    LacksDevices,

    /// <summary>Of something that a pool or an agent names.</summary>
    LacksResource,

    /// <summary>It must be near a service of which nothing runs yet.</summary>
    AwaitsNeighbour,

    /// <summary>It must be near a service, and none of it is there. Of several rules about neighbours the first that refuses
    /// counts, those about the host itself before those about labels.</summary>
    FarFromNeighbour,

    /// <summary>It must be apart from a service that is there.</summary>
    TooNear,

    /// <summary>A service that is there must be apart from this one.</summary>
    KeptAway,
    TooManyInDomain,
    BreaksSpread,
}
