namespace Orchestrator.Core.Placement;

/// <summary>
/// A request made ready for one fleet, to be kept and used again: all instances of a version at a stage have the same.
/// From the second use on it remembers every host's points, and looks again only at hosts that changed since.
/// </summary>
public sealed class PlacementSpec(PlacementRequest request, PlacementGroup group)
{
    public PlacementRequest Request { get; } = request;

    public PlacementGroup Group { get; } = group;

    /// <summary>What it follows from was made when the fleet had this layout; another one makes it anew.</summary>
    internal long Layout { get; set; } = -1;

    internal HostFilter? Filter { get; set; }

    /// <summary>Null when it asks nothing beyond CPU and memory.</summary>
    internal ExtraDemand? Extras { get; set; }

    internal int[] Affinity { get; set; } = [];

    internal Neighbours Neighbours { get; set; } = Neighbours.None;

    internal DomainRules Domains { get; set; } = DomainRules.None;

    internal ImageColumns.Entry Images { get; set; } = ImageColumns.Entry.None;

    internal ScoreBlocks? Blocks { get; set; }

    internal int Uses { get; set; }

    /// <summary>Once it was made ready for the fleet.</summary>
    internal bool HasRoom(HostColumns hosts, int slot) =>
        (Extras is null || Extras.Refuse(slot) == HostFilter.Open)
        && hosts.FreeOf(slot).Covers(Request.Demand with { Counts = [] });
}
