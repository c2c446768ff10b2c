using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Placement;

/// <param name="Host">Null when no host fits.</param>
/// <param name="Score">0 to <see cref="PlacementFleet.MaxScore"/>.</param>
/// <param name="Feasible">How many hosts fit.</param>
public readonly record struct PlacementChoice(HostId? Host, int Score, int Feasible)
{
    [MemberNotNullWhen(true, nameof(Host))]
    public bool IsFound => Host is not null;
}
