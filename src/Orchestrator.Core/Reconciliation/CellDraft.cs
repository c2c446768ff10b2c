using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// The working copy of a cell, with what follows from it (who runs where) and what is known for now only (who was heard).
/// <see cref="CellMachine"/> changes it in place. If the decision cannot be stored, the draft is dropped and made anew.
/// </summary>
public sealed partial class CellDraft
{
    private readonly List<JournalEntry> _entries = [];

    private CellDraft(Cell stored, CellSettings settings, long epoch, DateTimeOffset now)
    {
        (Settings, Epoch, RouteRevision) = (settings, epoch, stored.RouteRevision);
        Contacts = new Contacts(now);
        Pools = new(stored.Pools);
        Teams = new(stored.Teams);
        Services = new(stored.Services);
        Versions = new(stored.Versions);
        Lines = new(stored.Lines);
        Trains = new(stored.Trains);
        Rollouts = new(stored.Rollouts);
        Deployments = new(stored.Deployments);
        Hosts = new(stored.Hosts);
        Instances = new(stored.Instances);
        Assignments = new(stored.Assignments);
        (Windows, Secrets, Delegations) = (new(stored.Windows), new(stored.Secrets), new(stored.Delegations));
        (Rebalances, RebalanceSteps) = (new(stored.Rebalances), new(stored.RebalanceSteps));
        Measure(stored.Hosts.Values);
        IndexRows();

        DrainingHosts = [.. stored.Hosts.Values.Where(IsDraining).Select(host => host.Id)];
        QuotaSums = QuotaSums.For(stored.Services.Values);
        foreach (var instance in stored.Instances.Values)
        {
            QuotaSums.Change(before: null, instance);
            Occupy(instance);
        }

        foreach (var deployment in stored.Deployments.Values)
        {
            KeepApart(deployment);
        }

        Keep(stored.Trains.Values);
        OpenTrains = [.. stored.Trains.Where(row => !Boarding.IsEnded(row.Value)).Select(row => row.Key)];
        OpenRollouts = new(stored.Rollouts.Values.Where(row => !RolloutMachine.IsFinished(row)));
        DirtyDeployments = [.. stored.Deployments.Keys];
        DrainingInstances =
        [
            .. stored.Instances.Values.Where(row => row.Phase is InstancePhase.Draining).Select(row => row.Id),
        ];
    }

    internal CellSettings Settings { get; }

    /// <summary>Of the lease under which this draft decides.</summary>
    internal long Epoch { get; }

    internal Contacts Contacts { get; }

    internal DraftTable<PoolName, Pool> Pools { get; }

    internal DraftTable<TeamName, Team> Teams { get; }

    internal DraftTable<ServiceName, Service> Services { get; }

    internal DraftTable<VersionKey, ServiceVersion> Versions { get; }

    internal DraftTable<LineName, Line> Lines { get; }

    internal DraftTable<WindowName, Window> Windows { get; }

    internal DraftTable<TrainKey, Train> Trains { get; }

    internal DraftTable<RolloutId, Rollout> Rollouts { get; }

    internal DraftTable<DeploymentKey, Deployment> Deployments { get; }

    internal DraftTable<HostId, Host> Hosts { get; }

    internal InstanceDraft Instances { get; }

    internal DraftTable<HostId, AssignmentLevel> Assignments { get; }

    /// <summary>The room on the hosts, which follows from hosts and instances.</summary>
    internal PlacementFleet Fleet { get; } = new();

    /// <summary>Room that the running decision keeps for who waits until somebody has left.</summary>
    internal List<(HostId Host, PlacementSpec Spec)> Claims { get; } = [];

    /// <summary>What the instances of each team take, which follows from services and instances.</summary>
    internal QuotaSums QuotaSums { get; }

    /// <summary>The last request of each deployment, made ready.</summary>
    internal Dictionary<(DeploymentKey Key, string Confinement), PlacementSpec> Specs { get; } = [];

    internal SortedSet<TrainKey> OpenTrains { get; }

    internal RolloutSet OpenRollouts { get; }

    /// <summary>Where what runs may differ from what is desired.</summary>
    internal HashSet<DeploymentKey> DirtyDeployments { get; }

    /// <summary>Hosts that had an instance of a daemon when it was last looked at, and match.</summary>
    internal Dictionary<DeploymentKey, HashSet<HostId>> DaemonSeats { get; } = [];

    /// <summary>Instances that answer their last requests.</summary>
    internal SortedSet<InstanceId> DrainingInstances { get; }

    /// <summary>Who found no room by preemption either, what was told of it, and until when that is not tried again.</summary>
    internal Dictionary<DeploymentKey, (DateTimeOffset Until, string Told)> PreemptedInVain { get; } = [];

    /// <summary>Hosts that shall be empty, and those that are.</summary>
    internal SortedSet<HostId> DrainingHosts { get; }

    /// <summary>Whose assignment differs from the last one sent.</summary>
    internal HashSet<HostId> DirtyHosts { get; } = [];

    /// <summary>Who needs the same level once more.</summary>
    internal SortedSet<HostId> HostsBehind { get; } = [];

    /// <summary>Heard, and never reported or lost.</summary>
    internal SortedSet<HostId> HostsUnknown { get; } = [];

    internal SortedSet<GatewayId> GatewaysBehind { get; } = [];

    /// <summary>How many instances the running decision may still place.</summary>
    internal int RoomToPlace { get; set; }

    /// <summary>The decision ended because it had placed enough, not because all was done.</summary>
    internal bool HasMore => RoomToPlace == 0;

    internal bool AreRoutesDirty { get; set; } = true;

    internal long RouteRevision { get; set; }

    /// <summary>The revision of the table that the running decision will end with, if it changes the table.</summary>
    internal long NextRouteRevision => RouteRevision + 1;

    /// <param name="stored">What the store holds.</param>
    /// <param name="epoch">Of the lease; messages carry it, and agents refuse a lower one.</param>
    /// <param name="now">When this draft begins; everybody counts as heard then.</param>
    public static CellDraft From(Cell stored, CellSettings settings, long epoch, DateTimeOffset now) =>
        new(stored, settings, epoch, now);

    public Cell ToCell() =>
        new()
        {
            Pools = Pools.ToImmutable(),
            Teams = Teams.ToImmutable(),
            Services = Services.ToImmutable(),
            Versions = Versions.ToImmutable(),
            Lines = Lines.ToImmutable(),
            Trains = Trains.ToImmutable(),
            Rollouts = Rollouts.ToImmutable(),
            Deployments = Deployments.ToImmutable(),
            Hosts = Hosts.ToImmutable(),
            Instances = Instances.ToTable(),
            Assignments = Assignments.ToImmutable(),
            Windows = Windows.ToImmutable(),
            Secrets = Secrets.ToImmutable(),
            Delegations = Delegations.ToImmutable(),
            Rebalances = Rebalances.ToImmutable(),
            RebalanceSteps = RebalanceSteps.ToImmutable(),
            RouteRevision = RouteRevision,
        };

    public DateTimeOffset LastHeard(HostId host) => Contacts.LastHeard(host);

    internal List<Instance> InstancesOn(HostId host) => Instances.On(host);

    internal List<Instance> InstancesOf(DeploymentKey deployment) => Instances.Of(deployment);

    internal List<Instance> ActiveOf(DeploymentKey deployment) => [.. InstancesOf(deployment).Where(IsActive)];

    internal bool IsRolling(DeploymentKey deployment) => OpenRollouts.At(deployment).Any();

    /// <summary>0 before the first.</summary>
    internal long AssignmentRevisionOf(HostId host) => Assignments.Find(host)?.Revision ?? 0;

    internal void Put(Service service)
    {
        Services.Put(service.Name, service);
        QuotaSums.Own(service.Name, service.Team);
    }

    internal void Put(Host host)
    {
        HaveHostsChanged |= Hosts.Find(host.Id)?.State != host.State;
        Hosts.Put(host.Id, host);
        Measure([host]);
        _ = IsDraining(host) ? DrainingHosts.Add(host.Id) : DrainingHosts.Remove(host.Id);
    }

    internal void Put(Instance instance)
    {
        if (!Instances.TryGet(instance.Id, out var before))
        {
            Occupy(instance);
        }
        else if (IsActive(before) != IsActive(instance))
        {
            Fleet.Count(instance.Host, GroupOf(instance), IsActive(instance) ? 1 : -1);
        }

        QuotaSums.Change(before, instance);
        Instances.Put(instance);
        DirtyDeployments.Add(KeyOf(instance));
    }

    internal void Put(Deployment deployment)
    {
        var key = new DeploymentKey(deployment.Service, deployment.Stage);
        if (Deployments.Find(key)?.Targets != deployment.Targets)
        {
            KeepApart(deployment);
        }

        Deployments.Put(key, deployment);
        DirtyDeployments.Add(key);
    }

    internal void Remove(Instance instance)
    {
        QuotaSums.Change(Instances.Find(instance.Id), after: null);
        Instances.Remove(instance.Id);
        Fleet.Take(instance.Host, default(Resources) - instance.Demand);
        if (IsActive(instance))
        {
            Fleet.Count(instance.Host, GroupOf(instance), -1);
        }

        DirtyDeployments.Add(KeyOf(instance));
    }

    internal void Record(DateTimeOffset at, string actor, string action, string subject, string reason) =>
        _entries.Add(new JournalEntry(at, actor, action, subject, reason));

    internal (CellChanges Changes, ImmutableArray<JournalEntry> Entries) TakeChanges()
    {
        var (windows, removedWindows) = Windows.Take();
        var (secrets, removedSecrets) = Secrets.Take();
        var (delegations, removedDelegations) = Delegations.Take();
        var (steps, removedSteps) = RebalanceSteps.Take();
        var changes = new CellChanges
        {
            Pools = Pools.TakeChanged(),
            Teams = Teams.TakeChanged(),
            Services = Services.TakeChanged(),
            Versions = Versions.TakeChanged(),
            Lines = Lines.TakeChanged(),
            Trains = Trains.TakeChanged(),
            Rollouts = Rollouts.TakeChanged(),
            Deployments = Deployments.TakeChanged(),
            Hosts = Hosts.TakeChanged(),
            Instances = Instances.TakeChanged(),
            RemovedInstances = Instances.TakeRemoved(),
            Assignments = Assignments.TakeChanged(),
            Windows = windows,
            RemovedWindows = removedWindows,
            Secrets = secrets,
            RemovedSecrets = removedSecrets,
            Delegations = delegations,
            RemovedDelegations = removedDelegations,
            Rebalances = Rebalances.TakeChanged(),
            RebalanceSteps = steps,
            RemovedRebalanceSteps = removedSteps,
            Judgements = [.. Judgements],
            Evidence = [.. EvidencePages.Values],
            RemovedEvidence = [.. ForgottenEvidence],
            References = [.. ReferencePages],
            RouteRevision = RouteRevision,
        };
        ImmutableArray<JournalEntry> entries = [.. _entries];
        _entries.Clear();
        Judgements.Clear();
        EvidencePages.Clear();
        ForgottenEvidence.Clear();
        ReferencePages.Clear();
        return (changes, entries);
    }

    private static bool IsDraining(Host host) => host.Availability == HostAvailability.Draining;

    private static bool IsActive(Instance instance) => instance.Phase is InstancePhase.Active;

    private static PlacementGroup GroupOf(Instance instance) => new(instance.Service, instance.Stage);

    private static DeploymentKey KeyOf(Instance instance) => new(instance.Service, instance.Stage);
}
