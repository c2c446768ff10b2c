using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Rollouts;

/// <summary>What can happen to a rollout. Late or repeated news changes nothing.</summary>
public abstract record RolloutEvent
{
    private RolloutEvent() { }

    /// <summary>Time has passed, or the fleet has changed; <paramref name="Fleet"/> is what runs now.</summary>
    /// <param name="Blocker">What must come first, such as a dependency that is not there yet; empty when nothing must.</param>
    public sealed record Observed(StageFleet Fleet, string Blocker) : RolloutEvent
    {
        /// <summary>Null while the stage is open; else what is to become of what is under way there.</summary>
        public WindowClosing? Closing { get; init; }

        /// <summary>Why the stage is closed, for people; empty while it is open.</summary>
        public string Closed { get; init; } = "";
    }

    /// <param name="Paired">The same with the canary's peers as its control; null where nobody told them apart.</param>
    public sealed record Sampled(TrafficBucket Bucket, TrafficBucket? Paired) : RolloutEvent;

    /// <summary>What somebody else measured of a metric.</summary>
    public sealed record Measured(string Metric, MetricSample Sample) : RolloutEvent;

    /// <param name="ConsistHash">Null approves what is there; else it must match.</param>
    public sealed record Approved(Approver By, string Reason, string? ConsistHash) : RolloutEvent;

    public sealed record Rejected(Approver By, string Reason) : RolloutEvent;

    /// <summary>Takes back what the actor approved, as long as nothing has come of it.</summary>
    public sealed record Revoked(string Actor, string Reason) : RolloutEvent;

    /// <summary>What came of asking a webhook.</summary>
    /// <param name="Round">As <see cref="WebhookState.Round"/>; what came of an earlier one changes nothing.</param>
    public sealed record WebhookAnswered(string Webhook, ApprovalPoint Before, int Round, WebhookAnswer Answer)
        : RolloutEvent;

    /// <summary>Go on without a webhook that it waits for.</summary>
    public sealed record WebhookSkipAsked(string Actor, string Webhook, string Reason) : RolloutEvent;

    /// <summary>Go on to the next step without a verdict of this one.</summary>
    public sealed record SkipAsked(string Actor, string Reason) : RolloutEvent;

    /// <summary>Promote without the verdicts of this step and the later ones; approvals are asked for all the same.</summary>
    public sealed record PromoteAsked(string Actor, string Reason) : RolloutEvent;

    public sealed record PauseAsked(string Actor, string Reason) : RolloutEvent;

    public sealed record ResumeAsked(string Actor, string Reason) : RolloutEvent;

    /// <summary>Stop what is under way and go back to the old version.</summary>
    public sealed record AbortAsked(string Actor, string Reason) : RolloutEvent;

    /// <summary>No approval is asked for any more.</summary>
    public sealed record GlassBroken(string Actor, string Reason) : RolloutEvent;

    /// <summary>A later train is at the stage.</summary>
    /// <param name="By">Its id.</param>
    public sealed record Overtaken(TrainId By) : RolloutEvent;

    /// <summary>Go back to the old version, even after success.</summary>
    public sealed record RollbackAsked(string Actor, string Reason) : RolloutEvent;
}

/// <param name="IsOfStage">Whether they have the role of an approver of the stage.</param>
/// <param name="Groups">Those that they are members of.</param>
public sealed record Approver(string Name, bool IsOfStage, ImmutableArray<string> Groups)
{
    /// <summary>Those to them that are open.</summary>
    public ImmutableArray<Delegation> Delegations { get; init; } = [];
}

/// <summary>Instances of a service at a stage, by version. Running ones include those that drain or stop.</summary>
public sealed record StageFleet(VersionFleet Old, VersionFleet New)
{
    /// <summary>Null unless the service is a batch.</summary>
    public BatchProgress? Batch { get; init; }

    /// <summary>Where the old version's instances are, for a rollout that may begin; each domain once, none without any.</summary>
    public ImmutableArray<DomainShare> Domains { get; init; } = [];
}

/// <param name="Target">How many are desired now.</param>
/// <param name="Running">All that exist, in whatever phase.</param>
/// <param name="Ready">Those that can serve.</param>
/// <param name="Healthy">Of them those that have been able to for as long as the strategy asks for.</param>
/// <param name="Trouble">Why one of them cannot, empty when none has trouble.</param>
public readonly record struct VersionFleet(int Target, int Running, int Ready, int Healthy, string Trouble);

/// <summary>What shall happen, as data.</summary>
public abstract record RolloutEffect
{
    private RolloutEffect() { }

    /// <summary>So many instances of each version; <paramref name="Old"/> is ignored for a first version.</summary>
    public sealed record SetTargets(int Old, int New) : RolloutEffect;

    /// <summary>The new version's share of the requests, in tenths of a percent; the old one has the rest.</summary>
    public sealed record ShiftTraffic(decimal NewPercent) : RolloutEffect;

    /// <summary>The new version is now the one to go back to.</summary>
    public sealed record MakeCurrent : RolloutEffect;

    /// <summary>Something followed from it, so it can be looked at and judged again.</summary>
    /// <param name="Number">Counts a rollout's from 1.</param>
    public sealed record KeepJudgement(int Number, Judgement Judgement) : RolloutEffect;

    /// <summary>For the journal.</summary>
    public sealed record Record(string Actor, string Action, string Reason) : RolloutEffect;
}
