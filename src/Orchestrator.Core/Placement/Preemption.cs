using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>What is on a host, as whoever looks for victims sees it.</summary>
/// <param name="Priority">Of its service; a higher one may take its room.</param>
/// <param name="IsReady">Whether its service would have one ready instance less.</param>
/// <param name="IsLeaving">It is stopped already: its room comes free without a victim.</param>
public sealed record Occupant(
    InstanceId Id,
    PlacementGroup Group,
    int Priority,
    Resources Holding,
    DateTimeOffset PlacedAt,
    bool IsReady,
    bool IsLeaving
);

/// <summary>Where stopping instances makes room.</summary>
/// <param name="Victims">Lowest priority first, then newest; empty when what leaves already makes room.</param>
/// <param name="Score">Of the host once they are gone, as points that are not divided by the weights' total.</param>
public sealed record Preemption(HostId Host, ImmutableArray<Occupant> Victims, int Score)
{
    /// <summary>-1 without victims.</summary>
    public int HighestPriority => Victims.IsEmpty ? -1 : Victims.Max(victim => victim.Priority);
}
