using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <content>What placement is told of hosts, deployments and instances.</content>
public sealed partial class CellDraft
{
    /// <summary>Open trains that keep room, or would if there were any to keep.</summary>
    internal SortedSet<TrainKey> ReservingTrains { get; } = [];

    /// <summary>Whether a host has begun or ceased since the last decision to be one that takes instances.</summary>
    internal bool HaveHostsChanged { get; set; }

    internal void Put(Train train)
    {
        var key = TrainKey.Of(train.Id);
        var before = Trains.Find(key);
        if (before is not null)
        {
            Reserve(before, sign: -1);
        }

        Prefetch(before, train);
        HasMoved |= before?.Phase != train.Phase;

        Reserve(train, sign: 1);
        Trains.Put(key, train);
        Index(train);
        _ = Boarding.IsEnded(train) ? OpenTrains.Remove(key) : OpenTrains.Add(key);
    }

    /// <summary>What their hosts have follows from all pools together, so all hosts are measured anew, once.</summary>
    internal void Put(IReadOnlyCollection<Pool> pools)
    {
        foreach (var pool in pools)
        {
            Pools.Put(pool.Name, pool);
        }

        if (pools.Count > 0)
        {
            Measure(Hosts.Rows);
        }
    }

    /// <summary>All that are stored, at the beginning.</summary>
    private void Keep(IEnumerable<Train> trains)
    {
        foreach (var train in trains)
        {
            Reserve(train, sign: 1);
            Prefetch(before: null, train);
        }
    }

    /// <summary>Takes, or gives back, what the train keeps.</summary>
    private void Reserve(Train train, int sign)
    {
        var key = TrainKey.Of(train.Id);
        _ = sign > 0 && !train.Reservations.IsEmpty ? ReservingTrains.Add(key) : ReservingTrains.Remove(key);
        foreach (var reservation in train.Reservations)
        {
            foreach (var room in reservation.Rooms)
            {
                Reserve(new PlacementGroup(train.ServiceOf(reservation), reservation.Stage), room, sign);
            }
        }
    }

    internal void Reserve(PlacementGroup group, ReservedRoom room, int sign)
    {
        Fleet.Take(room.Host, sign > 0 ? room.Room : default(Resources) - room.Room);
        Fleet.Count(room.Host, group, sign * room.Instances);
    }

    /// <summary>With its host.</summary>
    internal void Lose(Instance instance, DateTimeOffset since)
    {
        DirtyDeployments.Add(KeyOf(instance)); // Whoever waits until it is gone waits no longer.
        var lost = instance.OnHostLost(since);
        if (ReferenceEquals(lost, instance))
        {
            return;
        }

        if (IsActive(instance))
        {
            Fleet.Count(instance.Host, GroupOf(instance), more: -1);
        }

        QuotaSums.Change(instance, lost);
        Instances.PutUnstored(lost);
    }

    private void KeepApart(Deployment deployment) =>
        Fleet.KeepApart(
            new PlacementGroup(deployment.Service, deployment.Stage),
            PlacementSight.Apart(deployment, Versions.Find)
        );

    private void Measure(IEnumerable<Host> hosts)
    {
        var rules = new CapacityRules(Pools.Rows);
        foreach (var host in hosts)
        {
            Fleet.Put(rules.Apply(host));
        }
    }

    private void Occupy(Instance instance)
    {
        Fleet.Take(instance.Host, instance.Demand);
        if (IsActive(instance))
        {
            Fleet.Count(instance.Host, GroupOf(instance), 1);
        }
    }
}
