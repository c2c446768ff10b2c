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
    public static MatchingHosts Of(CellDraft draft, DeploymentKey key, PoolName pool, InstanceTemplate template)
    {
        var request = PlacementSight.Request(draft.Pools.Find(pool), template);
        var seats = Seats(draft, key);
        return new MatchingHosts(
            draft
                .Hosts.Rows.Where(host =>
                    host.LostSince is null
                    && Matches(host, request.PoolSelector, request.Rules)
                    && (host.State == HostState.Ready || (seats.Contains(host.Id) && Keeps(draft, host)))
                )
                .Select(host => host.Id)
        );
    }

    /// <summary>
    /// Who has one keeps its seat while versions are exchanged. Known for now only: after a failover a cordoned host whose
    /// instance is just being exchanged has to wait until it is open again.
    /// </summary>
    public static void Remember(CellDraft draft, DeploymentKey key, IEnumerable<MatchingHosts> matching)
    {
        var seats = Seats(draft, key);
        seats.IntersectWith(matching.SelectMany(hosts => hosts.ById));
        draft.DaemonSeats[key] = seats;
    }

    private static HashSet<HostId> Seats(CellDraft draft, DeploymentKey key)
    {
        var seats = draft.DaemonSeats.TryGetValue(key, out var remembered) ? remembered.ToHashSet() : [];
        seats.UnionWith(
            draft
                .InstancesOf(key)
                .Where(instance => instance.Phase is not InstancePhase.Lost)
                .Select(instance => instance.Host)
        );
        return seats;
    }

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

/// <summary>Hosts that shall have an instance of a daemon.</summary>
internal sealed class MatchingHosts
{
    private readonly HashSet<HostId> _all;

    /// <param name="byId">In the order of their ids.</param>
    public MatchingHosts(IEnumerable<HostId> byId)
    {
        ById = [.. byId];
        _all = [.. ById];
    }

    public ImmutableArray<HostId> ById { get; }

    public bool Contains(HostId host) => _all.Contains(host);
}
