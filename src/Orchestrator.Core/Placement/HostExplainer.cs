using System.Collections.Immutable;

namespace Orchestrator.Core.Placement;

/// <summary>Every host's answer, for people.</summary>
internal static class HostExplainer
{
    /// <param name="points">By slot, or the negative code of the first reason.</param>
    public static ImmutableArray<HostExplanation> Explain(
        HostColumns hosts,
        PlacementSpec spec,
        GroupCounts group,
        int[] points
    )
    {
        var request = spec.Request;
        var total = request.Weights.TotalOf(request);
        return
        [
            .. Enumerable
                .Range(0, points.Length)
                .OrderBy(slot => points[slot] < 0 && !NearestMiss.IsLackOfRoom(points[slot]))
                .ThenBy(slot => NearestMiss.Of(hosts, spec, slot).Share)
                .ThenByDescending(slot => Math.Max(0, points[slot]))
                .ThenBy(slot => slot)
                .Select(slot => new HostExplanation(
                    hosts[slot].Id,
                    Math.Min(PlacementFleet.MaxScore, Math.Max(0, points[slot]) / total),
                    Objections.To(
                        request,
                        new HostSnapshot(
                            hosts[slot],
                            hosts[slot].Capacity - NearestMiss.FreeOf(hosts, spec, slot),
                            group.On(slot)
                        ),
                        points[slot],
                        spec.Neighbours.ObjectionsTo(hosts, slot)
                    )
                )),
        ];
    }
}
