using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>The stored state of a cell, immutable: readers hold on to it while the next batch is decided.</summary>
public sealed record Cell
{
    public static readonly Cell Empty = new()
    {
        Pools = ImmutableSortedDictionary<PoolName, Pool>.Empty,
        Teams = ImmutableSortedDictionary<TeamName, Team>.Empty,
        Services = ImmutableSortedDictionary<ServiceName, Service>.Empty,
        Versions = ImmutableSortedDictionary<VersionKey, ServiceVersion>.Empty,
        Lines = ImmutableSortedDictionary<LineName, Line>.Empty,
        Trains = ImmutableSortedDictionary<TrainKey, Train>.Empty,
        Rollouts = ImmutableSortedDictionary<RolloutId, Rollout>.Empty,
        Deployments = ImmutableSortedDictionary<DeploymentKey, Deployment>.Empty,
        Hosts = ImmutableSortedDictionary<HostId, Host>.Empty,
        Instances = InstanceTable.Empty,
        Assignments = ImmutableSortedDictionary<HostId, AssignmentLevel>.Empty,
        Windows = ImmutableSortedDictionary<WindowName, Window>.Empty,
        Rebalances = ImmutableSortedDictionary<long, Rebalance>.Empty,
        RebalanceSteps = ImmutableSortedDictionary<RebalanceStepKey, RebalanceStep>.Empty,
        RouteRevision = 0,
    };

    public required ImmutableSortedDictionary<PoolName, Pool> Pools { get; init; }

    public required ImmutableSortedDictionary<TeamName, Team> Teams { get; init; }

    public required ImmutableSortedDictionary<ServiceName, Service> Services { get; init; }

    public required ImmutableSortedDictionary<VersionKey, ServiceVersion> Versions { get; init; }

    public required ImmutableSortedDictionary<LineName, Line> Lines { get; init; }

    public required ImmutableSortedDictionary<TrainKey, Train> Trains { get; init; }

    public required ImmutableSortedDictionary<RolloutId, Rollout> Rollouts { get; init; }

    public required ImmutableSortedDictionary<DeploymentKey, Deployment> Deployments { get; init; }

    public required ImmutableSortedDictionary<HostId, Host> Hosts { get; init; }

    public required InstanceTable Instances { get; init; }

    public ImmutableSortedDictionary<SecretName, Secret> Secrets { get; init; } =
        ImmutableSortedDictionary<SecretName, Secret>.Empty;

    public ImmutableSortedDictionary<long, Delegation> Delegations { get; init; } =
        ImmutableSortedDictionary<long, Delegation>.Empty;

    /// <summary>Of hosts that were ever assigned something.</summary>
    public required ImmutableSortedDictionary<HostId, AssignmentLevel> Assignments { get; init; }

    public required ImmutableSortedDictionary<WindowName, Window> Windows { get; init; }

    public required ImmutableSortedDictionary<long, Rebalance> Rebalances { get; init; }

    /// <summary>Moves of the last rebalances; those that ended longer ago are forgotten.</summary>
    public required ImmutableSortedDictionary<RebalanceStepKey, RebalanceStep> RebalanceSteps { get; init; }

    public required long RouteRevision { get; init; }
}

/// <summary>How often the assignment of a host has changed. Beside the host, because it changes far more often.</summary>
public sealed record AssignmentLevel(HostId Host, long Revision)
{
    /// <summary>
    /// Images of trains that are on their way to it, the first to leave first. Not stored: it follows from the trains, and
    /// whoever takes over finds it anew.
    /// </summary>
    public ImmutableArray<ImageReference> Prefetch { get; init; } = [];
}

/// <summary>Sorts a service's versions by precedence.</summary>
public readonly record struct VersionKey(ServiceName Service, SemanticVersion Number) : IComparable<VersionKey>
{
    public int CompareTo(VersionKey other) =>
        Service.CompareTo(other.Service) is not 0 and var order ? order : Number.CompareTo(other.Number);
}

/// <summary>Sorts a line's trains by number.</summary>
public sealed record TrainKey(LineName Line, long Number) : IComparable<TrainKey>
{
    public static TrainKey Of(TrainId id) => new(id.Line, id.Number);

    public int CompareTo(TrainKey? other) =>
        Line.CompareTo(other?.Line) is not 0 and var order ? order : Number.CompareTo(other?.Number ?? 0);
}

public readonly record struct DeploymentKey(ServiceName Service, StageName Stage) : IComparable<DeploymentKey>
{
    public int CompareTo(DeploymentKey other) =>
        Service.CompareTo(other.Service) is not 0 and var order ? order : Stage.CompareTo(other.Stage);

    /// <summary>Spelled out, as its hash is, because nearly every look-up goes by it.</summary>
    public bool Equals(DeploymentKey other) => Service == other.Service && Stage == other.Stage;

    public override int GetHashCode() => HashCode.Combine(Service.GetHashCode(), Stage.GetHashCode());
}
