using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

public enum RebalanceGoal
{
    /// <summary>Fewer hosts, each fuller: whole hosts become free.</summary>
    Pack,

    /// <summary>Services keep to what their spread rules allow, and hosts are alike full.</summary>
    Spread,
}

/// <summary>What shall become better, and at what price.</summary>
/// <param name="Selector">Of the pool whose hosts it is about; moves begin and end on them.</param>
/// <param name="MostMoves">From 1.</param>
/// <param name="EvensHosts">Whether <see cref="RebalanceGoal.Spread"/> is about how full hosts are, too.</param>
public sealed record RebalanceAsk(
    RebalanceGoal Goal,
    ImmutableSortedDictionary<string, string> Selector,
    int MostMoves,
    bool EvensHosts
);

/// <summary>What may be done with something on a host.</summary>
public enum ResidentKind
{
    Movable,

    /// <summary>Stays, so that its host cannot become free.</summary>
    Bound,

    /// <summary>Is on every host that matches, so that its host counts as free all the same.</summary>
    Everywhere,
}

/// <summary>Something on a host, as whoever rebalances sees it.</summary>
/// <param name="Request">As it would be placed anew: one object for all of a group that are placed alike.</param>
public readonly record struct Resident(
    InstanceId Id,
    PlacementGroup Group,
    PlacementRequest Request,
    Resources Holding,
    ResidentKind Kind
);

/// <summary>A group with active instances.</summary>
/// <param name="Request">Of its newest instances: its rules hold for all.</param>
/// <param name="IsEverywhere">As <see cref="ResidentKind.Everywhere"/>.</param>
public sealed record RebalanceGroup(PlacementGroup Group, PlacementRequest Request, bool IsEverywhere);

/// <summary>An instance is placed anew on another host, and ends where it is.</summary>
/// <param name="Wave">From 1. Those of a wave may be made in any order, once those of earlier waves are done.</param>
/// <param name="Why">For people.</param>
public sealed record RebalanceMove(InstanceId Instance, HostId From, HostId To, int Wave, string Why);

/// <summary>How a pool is filled.</summary>
/// <param name="UsedHosts">With anything on them but what is everywhere.</param>
/// <param name="MeanFullness">Thousandths of the scarcer of CPU and memory, mean of the used hosts.</param>
/// <param name="Fullest">The same of the fullest host.</param>
/// <param name="Emptiest">The same of the emptiest host.</param>
/// <param name="WorstSkew">The most that a domain of a spread rule has above the least, or above its target.</param>
/// <param name="Excess">Instances beyond what spread rules allow, of all groups.</param>
/// <param name="Unevenness">Sum of the squares of all hosts' fullness: the lower, the more even.</param>
public sealed record RebalanceFigures(
    int Hosts,
    int UsedHosts,
    int MeanFullness,
    int Fullest,
    int Emptiest,
    int WorstSkew,
    long Excess,
    long Unevenness
)
{
    public int EmptyHosts => Hosts - UsedHosts;
}

/// <summary>Why there are no more moves.</summary>
public enum RebalanceEnd
{
    NothingBetter,

    /// <summary>What comes next needs more moves than are left.</summary>
    Budget,

    /// <summary>It has looked for as many places as it may: asked again once this is done, it goes on.</summary>
    Search,
}

public sealed record RebalancePlan(
    ImmutableArray<RebalanceMove> Moves,
    RebalanceFigures Before,
    RebalanceFigures After,
    RebalanceEnd End
);
