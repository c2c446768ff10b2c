using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Everything that can reach a cell. Actor is the name of a token, or of a part of the system.</summary>
public abstract record CellInput
{
    private CellInput() { }

    /// <summary>Time has passed.</summary>
    public sealed record Tick : CellInput;

    /// <param name="PlanId">From an earlier diff: refused if the state has moved; null applies to whatever is there.</param>
    /// <param name="IsDryRun">Answers what would change, and changes nothing.</param>
    public sealed record Apply(string Actor, ManifestSet Manifests, string? PlanId, bool IsDryRun) : CellInput;

    public sealed record Publish(string Actor, PublishOrder Order) : CellInput;

    /// <summary>The timetable says when a line's next train departs. Repeated and late news changes nothing.</summary>
    public sealed record LineTimed(LineName Line, DateTimeOffset NextDeparture) : CellInput;

    /// <summary>The periods of a window, as its zone has them. Late news of a window that was changed since changes nothing.</summary>
    /// <param name="Window">As it was when its periods were worked out.</param>
    public sealed record WindowTimed(Window Window, ImmutableArray<Period> Periods, DateTimeOffset KnownUntil)
        : CellInput;

    /// <summary>Stops the line: nothing departs, begins or goes on, but what goes back.</summary>
    /// <param name="Services">Empty for all.</param>
    /// <param name="Stages">Empty for all.</param>
    /// <param name="Within">Null until it is released.</param>
    public sealed record Halt(
        string Actor,
        ImmutableArray<ServiceName> Services,
        ImmutableArray<StageName> Stages,
        TimeSpan? Within,
        string Reason
    ) : CellInput;

    /// <summary>Ends a halt, or any window.</summary>
    public sealed record ReleaseWindow(string Actor, WindowName Window, string Reason) : CellInput;

    public sealed record CancelTrain(string Actor, TrainId Train, string Reason) : CellInput;

    /// <summary>An express: this version shall leave now.</summary>
    public sealed record OrderExpress(string Actor, ServiceName Service, SemanticVersion Version, string Reason)
        : CellInput
    {
        /// <summary>So long neither windows nor approvals hold for it; null for a usual express. More than zero.</summary>
        public TimeSpan? BreakGlassFor { get; init; }
    }

    /// <summary>Somebody else has looked at why the glass was broken.</summary>
    public sealed record ReviewTrain(string Actor, TrainId Train, string Findings) : CellInput;

    /// <summary>Brings a version back to a stage where it once succeeded.</summary>
    public sealed record OrderRollback(
        string Actor,
        ServiceName Service,
        StageName Stage,
        SemanticVersion Version,
        string Reason
    ) : CellInput;

    /// <summary>What failed goes again, from the stage where it failed.</summary>
    public sealed record RetryTrain(string Actor, TrainId Train, string Reason) : CellInput;

    /// <summary>Takes back what a train brought, at every stage.</summary>
    public sealed record RecallTrain(string Actor, TrainId Train, string Reason) : CellInput;

    /// <param name="IsYanked">False takes it back.</param>
    public sealed record YankVersion(
        string Actor,
        ServiceName Service,
        SemanticVersion Version,
        bool IsYanked,
        string Reason
    ) : CellInput;

    public sealed record AskRollout(string Actor, RolloutId Rollout, RolloutAsk Ask, string Reason, string? ConsistHash)
        : CellInput
    {
        /// <summary>Whether the actor has the role of an approver of the stage.</summary>
        public bool IsApprover { get; init; } = true;

        /// <summary>That the actor is a member of.</summary>
        public ImmutableArray<string> Groups { get; init; } = [];

        /// <summary>Which one to skip; empty for what else is asked.</summary>
        public string Webhook { get; init; } = "";
    }

    /// <summary>Lets another person approve in the actor's stead.</summary>
    /// <param name="HasRight">Whether the actor has the role that it is about.</param>
    public sealed record CreateDelegation(
        string Actor,
        string To,
        DelegationScope Of,
        DateTimeOffset Until,
        string Reason,
        bool HasRight
    ) : CellInput;

    /// <param name="IsAdmin">Whether the actor may end what others made.</param>
    public sealed record RevokeDelegation(string Actor, long Number, string Reason, bool IsAdmin) : CellInput;

    /// <summary>What came of asking a webhook whether a rollout may go on. Late and repeated news changes nothing.</summary>
    public sealed record WebhookAnswered(RolloutId Rollout, RolloutEvent.WebhookAnswered Event) : CellInput;

    public sealed record SetAvailability(string Actor, HostId Host, HostAvailability Availability) : CellInput;

    /// <param name="Within">From then on what is left moves away whatever its services need; null waits for ever.</param>
    public sealed record DrainHost(string Actor, HostId Host, TimeSpan? Within, string Reason) : CellInput;

    public sealed record AskRebalance(string Actor, RebalanceOrder Order, string Reason) : CellInput;

    public sealed record CancelRebalance(string Actor, long Number, string Reason) : CellInput;

    /// <summary>Somebody runs a program in an instance. Core only writes it down.</summary>
    public sealed record RunProgram(string Actor, InstanceId Instance, ImmutableArray<string> Arguments) : CellInput;

    /// <summary>Somebody puts a file into an instance. Core only writes it down.</summary>
    public sealed record CopyFile(string Actor, InstanceId Instance, string Path, int Bytes) : CellInput;

    /// <summary>Somebody gives or takes what lets a host join. Core only writes it down.</summary>
    /// <param name="Host">Null for any.</param>
    /// <param name="Token">Its id.</param>
    public sealed record NoteHostAccess(string Actor, HostAccess Access, HostId? Host, string Token) : CellInput;

    /// <param name="Sealed">The value, encrypted already.</param>
    public sealed record SetSecret(string Actor, SecretName Secret, TeamName? Team, string Sealed) : CellInput;

    public sealed record DeleteSecret(string Actor, SecretName Secret) : CellInput;

    public sealed record HostReported(ReportedHost Host) : CellInput;

    public sealed record HostHeard(HostId Host, string Session, long Epoch, long Revision, string Digest) : CellInput;

    public sealed record GatewayHeard(
        GatewayId Gateway,
        string Session,
        long Epoch,
        long Revision,
        ImmutableArray<InstanceId> Busy
    ) : CellInput;

    public sealed record TrafficCounted(
        GatewayId Gateway,
        string Session,
        long Sequence,
        DateTimeOffset From,
        DateTimeOffset To,
        ImmutableArray<TrafficCount> Counts
    ) : CellInput
    {
        /// <summary>By service and stage, so that those of one rollout follow each other.</summary>
        public ImmutableArray<TrafficCount> Counts { get; } =
        [.. Counts.OrderBy(count => count.Service).ThenBy(count => count.Stage)];
    }

    /// <summary>Somebody measured a metric of a canary and its control.</summary>
    /// <param name="IsAsked">By the control plane itself, of a provider; else somebody sent it.</param>
    public sealed record MetricMeasured(RolloutId Rollout, string Metric, MetricSample Sample, bool IsAsked)
        : CellInput;
}

/// <summary>What happened to the way by which hosts join.</summary>
public enum HostAccess
{
    TokenCreated,
    TokenRevoked,

    /// <summary>A host used a token, and has a user of its own on the broker.</summary>
    Enrolled,

    /// <summary>That user is no more.</summary>
    Forgotten,
}

public enum RolloutAsk
{
    /// <summary>Of a rollout that waits for it; or ahead, of one whose train is sealed and has not come to the stage.</summary>
    Approve,
    Reject,

    /// <summary>Takes back one's own approval.</summary>
    Revoke,
    Pause,
    Resume,

    /// <summary>Stop what is under way and go back to the old version.</summary>
    Abort,

    /// <summary>Go back even after success.</summary>
    Rollback,

    /// <summary>Go on to the next step without a verdict.</summary>
    Skip,

    /// <summary>Go on without a webhook that it waits for.</summary>
    SkipWebhook,

    /// <summary>Promote now.</summary>
    Promote,
}

/// <summary>What manifests declare, already checked one by one. Names are distinct within a kind.</summary>
public sealed record ManifestSet(
    ImmutableArray<Pool> Pools,
    ImmutableArray<Service> Services,
    ImmutableArray<PublishOrder> Versions,
    ImmutableArray<Line> Lines
)
{
    public ImmutableArray<Team> Teams { get; init; } = [];

    public ImmutableArray<Window> Windows { get; init; } = [];
}

/// <summary>A version to publish. What is null comes from the service's template.</summary>
public sealed record PublishOrder
{
    public required ServiceName Service { get; init; }

    public required SemanticVersion Number { get; init; }

    public required string Channel { get; init; }

    public required ImageReference? Image { get; init; }

    /// <summary>Added to the template's; wins over it.</summary>
    public required ImmutableSortedDictionary<string, string> Environment { get; init; }

    /// <summary>Null where it is not known.</summary>
    public Provenance? Provenance { get; init; }
}

/// <summary>A host as its agent reports it.</summary>
public sealed record ReportedHost
{
    public required HostId Id { get; init; }

    public required string Session { get; init; }

    public required long Sequence { get; init; }

    public required long Epoch { get; init; }

    public required long Revision { get; init; }

    public required string Digest { get; init; }

    public required Resources Capacity { get; init; }

    public required string Runtime { get; init; }

    public required string AgentVersion { get; init; }

    public required ImmutableSortedDictionary<string, string> Labels { get; init; }

    /// <summary>As <see cref="Host.SecretsKey"/>.</summary>
    public string? SecretsKey { get; init; }

    /// <summary>As <see cref="Host.Images"/>.</summary>
    public ImmutableArray<long> Images { get; init; } = [];

    public required ImmutableArray<ReportedInstance> Instances { get; init; }
}

public sealed record ReportedInstance(InstanceId Id, int Generation, Observation Observed)
{
    /// <summary>Null unless it ended and is never restarted.</summary>
    public InstanceExit? Exit { get; init; }
}

/// <summary>Requests and errors of one version in one interval.</summary>
public sealed record TrafficCount(
    ServiceName Service,
    StageName Stage,
    SemanticVersion Version,
    long Requests,
    long Errors
)
{
    /// <summary>By <see cref="Judging.TrafficBucket.LatencyBounds"/>; empty if the gateway has other bounds.</summary>
    public ImmutableArray<long> Latencies { get; init; } = [];

    /// <summary>
    /// Of all this, what those instances answered that gateways tell apart: the peers of a canary, or else every other one; null
    /// if that is not known.
    /// </summary>
    public PartCount? Part { get; init; }
}

/// <param name="Latencies">As those of the whole.</param>
public sealed record PartCount(long Requests, long Errors, ImmutableArray<long> Latencies);
