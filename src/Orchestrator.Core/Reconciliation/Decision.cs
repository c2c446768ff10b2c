using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What a batch of inputs came to: to be stored in one transaction, and only then applied, answered and sent.</summary>
public sealed record Decision
{
    /// <summary>One per input, in order.</summary>
    public required ImmutableArray<CellAnswer> Answers { get; init; }

    public required CellChanges Changes { get; init; }

    public required ImmutableArray<JournalEntry> Entries { get; init; }

    public required ImmutableArray<CellCommand> Commands { get; init; }

    /// <summary>
    /// The next decision goes on, and need not wait for anything: what may be decided at once is bounded, and what has entered
    /// another phase may have more to do there.
    /// </summary>
    public required bool HasMore { get; init; }
}

/// <summary>Objects to write and ids to remove.</summary>
public sealed record CellChanges
{
    public required ImmutableArray<Pool> Pools { get; init; }

    public required ImmutableArray<Team> Teams { get; init; }

    public required ImmutableArray<Service> Services { get; init; }

    public required ImmutableArray<ServiceVersion> Versions { get; init; }

    public required ImmutableArray<Line> Lines { get; init; }

    public required ImmutableArray<Train> Trains { get; init; }

    public required ImmutableArray<Rollout> Rollouts { get; init; }

    public required ImmutableArray<Deployment> Deployments { get; init; }

    public required ImmutableArray<Host> Hosts { get; init; }

    public required ImmutableArray<Instance> Instances { get; init; }

    public required ImmutableArray<InstanceId> RemovedInstances { get; init; }

    public required ImmutableArray<AssignmentLevel> Assignments { get; init; }

    public required ImmutableArray<Window> Windows { get; init; }

    public required ImmutableArray<WindowName> RemovedWindows { get; init; }

    public required ImmutableArray<Rebalance> Rebalances { get; init; }

    public required ImmutableArray<RebalanceStep> RebalanceSteps { get; init; }

    public required ImmutableArray<RebalanceStepKey> RemovedRebalanceSteps { get; init; }

    public ImmutableArray<Secret> Secrets { get; init; } = [];

    public ImmutableArray<SecretName> RemovedSecrets { get; init; } = [];

    public ImmutableArray<Delegation> Delegations { get; init; } = [];

    public ImmutableArray<long> RemovedDelegations { get; init; } = [];

    /// <summary>Written once, and not part of the cell.</summary>
    public ImmutableArray<KeptJudgement> Judgements { get; init; } = [];

    /// <summary>Pages of what is seen of canaries. The rollouts are stored without them.</summary>
    public ImmutableArray<KeptEvidence> Evidence { get; init; } = [];

    /// <summary>Rollouts whose pages, if there are any, are not needed any more.</summary>
    public ImmutableArray<RolloutId> RemovedEvidence { get; init; } = [];

    /// <summary>Pages of A/A phases, which are part of the cell only when it is loaded.</summary>
    public ImmutableArray<KeptReference> References { get; init; } = [];

    /// <summary>The revision of the route table, after this decision.</summary>
    public required long RouteRevision { get; init; }
}

/// <summary>Who or what did what to what, and why. Storing it chains it to the one before.</summary>
public sealed record JournalEntry(DateTimeOffset At, string Actor, string Action, string Subject, string Reason);

/// <summary>
/// Who is owed a message. What it says is a whole level, read off the newest stored cell when it is sent (<see cref="Levels"/>):
/// so a newer one replaces an older one, and what is owed stays small however much it says.
/// </summary>
public abstract record CellCommand
{
    private CellCommand() { }

    public sealed record Assign(HostId Host, long Revision) : CellCommand;

    /// <summary>Asks a host that is heard, and not known or lost, for its report; changes nothing there.</summary>
    public sealed record AskReport(HostId Host) : CellCommand;

    public sealed record Route(GatewayId Gateway, long Revision) : CellCommand;
}

/// <summary>All that a host shall run.</summary>
public sealed record HostAssignment(HostId Host, long Revision, ImmutableArray<AssignedVersion> Instances)
{
    /// <summary>Images that it may fetch meanwhile, the most urgent first.</summary>
    public ImmutableArray<ImageReference> Prefetch { get; init; } = [];
}

/// <summary>All that gateways shall route.</summary>
public sealed record RoutedTable(long Revision, ImmutableArray<RoutedService> Services);

public sealed record AssignedVersion(Instance Instance, InstanceTemplate Template);

public sealed record RoutedService(ServiceName Service, StageName Stage, ImmutableArray<RoutedVersion> Versions)
{
    public RoutingRules Rules { get; init; } = RoutingRules.Usual;
}

public sealed record RoutedVersion(
    SemanticVersion Version,
    decimal WeightPercent,
    ImmutableArray<RoutedInstance> Instances
)
{
    /// <summary>Without a share, and reached by the service's preview address.</summary>
    public bool IsPreview { get; init; }
}

/// <param name="IsPeer">One of those that a canary is compared with.</param>
public sealed record RoutedInstance(InstanceId Id, string Address, bool IsPeer);
