using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>The fleet as placement sees it.</summary>
internal static class PlacementSight
{
    /// <summary>Each remembers a dozen bytes a host; those of one decision are used again, older ones hardly ever.</summary>
    private const int MaxSpecs = 64;

    private static readonly Pool AllHosts = new(
        PoolName.Parse("default"),
        ImmutableSortedDictionary<string, string>.Empty,
        PoolPreference.Spread
    );

    /// <summary>Null for a pool that nobody declared, but the one that is there all the same.</summary>
    public static Pool? Declared(Pool? declared, PoolName name) =>
        declared ?? (name == AllHosts.Name ? AllHosts : null);

    /// <summary>A pool that nobody declared has all hosts, and spreads.</summary>
    public static PlacementRequest Request(Pool? declared, InstanceTemplate template)
    {
        var pool = declared ?? AllHosts;
        var weights = pool.Preference switch
        {
            PoolPreference.Spread => PlacementWeights.Spread,
            PoolPreference.BinPack => PlacementWeights.BinPack,
            _ => throw new ArgumentOutOfRangeException(nameof(declared)),
        };
        return new PlacementRequest(DemandOf(template), pool.Selector, weights)
        {
            Rules = template.Placement,
            Devices = template.Devices,
            Image = template.Image.Key,
        };
    }

    /// <summary>What listens, and names no port of the host, gets one from the range of the host's agent.</summary>
    private static Resources DemandOf(InstanceTemplate template) =>
        template.Port == 0 || template.Request.Ports.Any()
            ? template.Request
            : template.Request with
            {
                Counts = [.. template.Request.Counts, new NamedCount(ResourceName.DynamicPorts, Count: 1)],
            };

    public static PlacementSpec Spec(CellDraft draft, DeploymentKey key, PoolName pool, InstanceTemplate template) =>
        Spec(draft, key, pool, template, confinement: null);

    /// <summary>The same for as long as the same is asked, so that it remembers what it found.</summary>
    /// <param name="confinement">As <see cref="StageDomains"/> says; null for none.</param>
    public static PlacementSpec Spec(
        CellDraft draft,
        DeploymentKey key,
        PoolName pool,
        InstanceTemplate template,
        HostConstraint? confinement
    )
    {
        var request = Request(draft.Pools.Find(pool), template) with { Confinement = confinement };
        var place = (key, confinement?.Wish ?? "");
        if (
            !draft.Specs.TryGetValue(place, out var spec)
            || spec.Request.Demand != request.Demand
            || spec.Request.Devices != request.Devices
            || spec.Request.Image != request.Image
            || spec.Request.Weights != request.Weights
            || !ReferenceEquals(spec.Request.PoolSelector, request.PoolSelector)
            || !ReferenceEquals(spec.Request.Rules, request.Rules)
            || spec.Request.Confinement?.Attribute != confinement?.Attribute
        )
        {
            if (draft.Specs.Count >= MaxSpecs)
            {
                draft.Specs.Clear();
            }

            draft.Specs[place] = spec = new PlacementSpec(request, new PlacementGroup(key.Service, key.Stage));
        }

        return spec;
    }

    /// <summary>What the versions of a deployment must be apart from; it holds both ways.</summary>
    public static IEnumerable<NeighbourRule> Apart(Deployment deployment, Func<VersionKey, ServiceVersion?> find) =>
        deployment.Targets.SelectMany(target =>
            find(new VersionKey(deployment.Service, target.Version))?.Template.Placement.Apart ?? []
        );

    /// <summary>A fleet of its own for whoever only looks.</summary>
    /// <param name="asking">Whose trains keep their room from others, not from themselves.</param>
    public static PlacementFleet FleetOf(Cell cell, DeploymentKey asking)
    {
        var (fleet, rules) = (new PlacementFleet(), new CapacityRules(cell.Pools.Values));
        foreach (var host in cell.Hosts.Values)
        {
            fleet.Put(rules.Apply(host));
        }

        foreach (var (key, deployment) in cell.Deployments)
        {
            fleet.KeepApart(
                new PlacementGroup(key.Service, key.Stage),
                Apart(deployment, version => cell.Versions.GetValueOrDefault(version))
            );
        }

        foreach (var instance in cell.Instances.Values)
        {
            fleet.Take(instance.Host, instance.Demand);
            if (instance.Phase is InstancePhase.Active)
            {
                fleet.Count(instance.Host, new PlacementGroup(instance.Service, instance.Stage), more: 1);
            }
        }

        foreach (var train in cell.Trains.Values)
        {
            foreach (var reservation in train.Reservations)
            {
                var group = new PlacementGroup(train.ServiceOf(reservation), reservation.Stage);
                foreach (var room in group == new PlacementGroup(asking.Service, asking.Stage) ? [] : reservation.Rooms)
                {
                    fleet.Take(room.Host, room.Room);
                    fleet.Count(room.Host, group, room.Instances);
                }
            }
        }

        return fleet;
    }
}
