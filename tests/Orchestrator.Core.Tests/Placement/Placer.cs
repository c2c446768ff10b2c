using System.Collections.Immutable;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Tests.Placement;

/// <summary>One decision on a fleet that is built for it.</summary>
internal static class Placer
{
    private static readonly PlacementGroup Group = new(ServiceName.Parse("shop"), StageName.Parse("prod"));

    public static PlacementDecision Place(PlacementRequest request, IReadOnlyList<HostSnapshot> hosts) =>
        FleetOf(hosts).Place(new PlacementSpec(request, Group));

    public static ImmutableArray<HostExplanation> Explain(
        PlacementRequest request,
        IReadOnlyList<HostSnapshot> hosts
    ) => FleetOf(hosts).Explain(new PlacementSpec(request, Group));

    public static HostAnswer Answer(PlacementRequest request, IReadOnlyList<HostSnapshot> hosts, HostId id) =>
        FleetOf(hosts).Answer(new PlacementSpec(request, Group), id);

    private static PlacementFleet FleetOf(IReadOnlyList<HostSnapshot> hosts)
    {
        var fleet = new PlacementFleet();
        foreach (var host in hosts)
        {
            fleet.Put(host.Host);
            fleet.Take(host.Host.Id, host.Used);
            fleet.Count(host.Host.Id, Group, host.OfGroup);
        }

        return fleet;
    }
}
