using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Which hosts shall have an instance of a daemon.</summary>
internal static class DaemonHosts
{
    /// <summary>
    /// All that match and take instances; of those that take none, who has one already: a cordoned host keeps it, and a
    /// draining host until everything but daemons has left.
    /// </summary>
    public static ImmutableSortedSet<HostId> Of(
        CellDraft draft,
        DeploymentKey key,
        PoolName pool,
        InstanceTemplate template
    )
    {
        var request = PlacementSight.Request(draft.Pools.Find(pool), template);
        var seats = Seats(draft, key);
        return
        [
            .. draft
                .Hosts.Rows.Where(host =>
                    host.LostSince is null
                    && Matches(host, request.PoolSelector, request.Rules)
                    && (host.Availability == HostAvailability.Open || (seats.Contains(host.Id) && Keeps(draft, host)))
                )
                .Select(host => host.Id),
        ];
    }

    /// <summary>
    /// Who has one keeps its seat while versions are exchanged. Known for now only: after a failover a cordoned host whose
    /// instance is just being exchanged has to wait until it is open again.
    /// </summary>
    public static void Remember(CellDraft draft, DeploymentKey key, IEnumerable<ImmutableSortedSet<HostId>> matching) =>
        draft.DaemonSeats[key] = Seats(draft, key).Intersect(matching.SelectMany(hosts => hosts));

    private static ImmutableSortedSet<HostId> Seats(CellDraft draft, DeploymentKey key) =>
        draft
            .InstancesOf(key)
            .Where(instance => instance.Phase is not InstancePhase.Lost)
            .Select(instance => instance.Host)
            .ToImmutableSortedSet()
            .Union(draft.DaemonSeats.GetValueOrDefault(key, []));

    private static bool Matches(Host host, ImmutableSortedDictionary<string, string> selector, PlacementRules rules) =>
        selector.All(wanted => host.Labels.GetValueOrDefault(wanted.Key) == wanted.Value)
        && rules.Constraints.All(constraint => constraint.Admits(host.Labels.GetValueOrDefault(constraint.Attribute)));

    /// <summary>A draining host gives it up once nothing but daemons is there.</summary>
    private static bool Keeps(CellDraft draft, Host host) =>
        host.Availability != HostAvailability.Draining
        || draft
            .InstancesOn(host.Id)
            .Any(instance =>
                draft.Versions[new VersionKey(instance.Service, instance.Version)].Template.Kind
                    is not ServiceKind.Daemon
            );
}
