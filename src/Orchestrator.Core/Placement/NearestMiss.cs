namespace Orchestrator.Core.Placement;

/// <summary>The host that comes nearest to having room, when none has.</summary>
internal static class NearestMiss
{
    /// <summary>Such as <c>host h3 lacks 256 MiB of memory</c>; else what keeps the first host
    /// that only neighbours refuse; empty when there is none of either.</summary>
    public static string Find(HostColumns hosts, PlacementSpec spec, PlacementFleet fleet)
    {
        var points = fleet.PointsByHost(spec);
        var nearest = Enumerable
            .Range(0, points.Length)
            .Where(slot => IsLackOfRoom(points[slot]))
            .Select(slot => (Slot: slot, Shortage: Of(hosts, spec, slot)))
            .OrderBy(host => host.Shortage.Share)
            .ThenBy(host => host.Slot)
            .Select(host => host.Shortage.On(hosts[host.Slot].Id));
        return nearest.FirstOrDefault() ?? OfNeighbours(hosts, spec, points);
    }

    /// <summary>The first host that only its neighbours keep from taking it, with all that they say.</summary>
    private static string OfNeighbours(HostColumns hosts, PlacementSpec spec, int[] points) =>
        Enumerable
            .Range(0, points.Length)
            .Where(slot => IsByNeighbours(points[slot]))
            .Select(slot => $"host {hosts[slot].Id}: {string.Join(' ', spec.Neighbours.ObjectionsTo(hosts, slot))}")
            .FirstOrDefault("");

    private static bool IsByNeighbours(int points) =>
        points < 0
        && HostFilter.Reason(-points)
            is RefusalReason.AwaitsNeighbour
                or RefusalReason.FarFromNeighbour
                or RefusalReason.TooNear
                or RefusalReason.KeptAway;

    public static Shortage Of(HostColumns hosts, PlacementSpec spec, int slot) =>
        Shortage.Of(spec.Request, FreeOf(hosts, spec, slot), hosts[slot].Capacity);

    /// <summary>At least of all that is asked.</summary>
    public static Resources FreeOf(HostColumns hosts, PlacementSpec spec, int slot) =>
        spec.Extras?.FreeOf(slot) ?? hosts.FreeOf(slot);

    public static bool IsLackOfRoom(int points) =>
        points < 0
        && HostFilter.Reason(-points)
            is RefusalReason.LacksCpu
                or RefusalReason.LacksMemory
                or RefusalReason.LacksDisk
                or RefusalReason.PortTaken
                or RefusalReason.LacksPorts
                or RefusalReason.LacksDevices
                or RefusalReason.LacksResource;
}
