namespace Orchestrator.Core.Placement;

/// <summary>The host that comes nearest to having room, when none has.</summary>
internal static class NearestMiss
{
    /// <summary>Such as <c>host h3 lacks 256 MiB of memory</c>; empty when no host is refused for lack of room alone.</summary>
    public static string Find(HostColumns hosts, PlacementSpec spec, PlacementFleet fleet)
    {
        var demand = spec.Request.Demand;
        var points = fleet.PointsByHost(spec);
        var nearest = Enumerable
            .Range(0, points.Length)
            .Where(slot => IsLackOfRoom(points[slot]))
            .OrderBy(slot => Shortage.Of(demand, hosts.FreeOf(slot)).RelativeTo(demand))
            .ThenBy(slot => slot)
            .Select(slot => $"host {hosts[slot].Id} lacks {Shortage.Of(demand, hosts.FreeOf(slot))}");
        return nearest.FirstOrDefault("");
    }

    public static bool IsLackOfRoom(int points) =>
        points < 0 && HostFilter.Reason(-points) is RefusalReason.LacksCpu or RefusalReason.LacksMemory;
}
