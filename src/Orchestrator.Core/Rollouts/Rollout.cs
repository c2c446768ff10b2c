using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Rollouts;

/// <summary>One car through one stage. Its policy is a copy: editing the line does not change a running rollout.</summary>
public sealed record Rollout
{
    public required RolloutId Id { get; init; }

    public required ServiceName Service { get; init; }

    public required Stage Stage { get; init; }

    /// <summary>The rollback target: the last version that succeeded here; null for a first version.</summary>
    public required SemanticVersion? From { get; init; }

    public required SemanticVersion To { get; init; }

    /// <summary>
    /// Where the old version's instances were when it began, in the order in which it goes there. Empty where it goes by no
    /// domains.
    /// </summary>
    public ImmutableArray<DomainShare> Domains { get; init; } = [];

    /// <summary>Who published <see cref="To"/>.</summary>
    public required string PublishedBy { get; init; }

    public required string ConsistHash { get; init; }

    public required RolloutPhase Phase { get; init; }

    /// <summary>The one that completed them; null until enough were given.</summary>
    public required Approval? Approval { get; init; }

    /// <summary>All that were given and not taken back; at most one of each person.</summary>
    public ImmutableArray<Approval> Approvals { get; init; } = [];

    /// <summary>What each webhook that was asked said last; at most one of each name and point.</summary>
    public ImmutableArray<WebhookState> Webhooks { get; init; } = [];

    /// <summary>Since when it is in its phase; null in rollouts of earlier days.</summary>
    public DateTimeOffset? PhaseSince { get; init; }

    /// <summary>Of the step that took traffic last; null before the first.</summary>
    public CanaryEvidence? Evidence { get; init; }

    /// <summary>By metric, how much arms of the old version differed at the stage when this was planned, as far as that is known.</summary>
    public ImmutableSortedDictionary<string, Noise> Noise { get; init; } =
        ImmutableSortedDictionary<string, Noise>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>The newest verdict, kept for people after the step; null before the first.</summary>
    public required Verdict? Verdict { get; init; }

    /// <summary>How many judgements something followed from.</summary>
    public int Judgements { get; init; }

    /// <summary>Since when canary instances that took traffic are missing; null while all are ready.</summary>
    public required DateTimeOffset? UnreadySince { get; init; }

    public required DateTimeOffset PlannedAt { get; init; }

    /// <summary>When it succeeded first, whatever became of it since; null if it has not.</summary>
    public DateTimeOffset? SucceededAt { get; init; }

    /// <summary>Null while it can still change.</summary>
    public required DateTimeOffset? EndedAt { get; init; }
}

/// <summary>An approval binds to the consist's hash.</summary>
public sealed record Approval(string Actor, string Reason, string ConsistHash, DateTimeOffset At)
{
    /// <summary>In whose stead it was given; null for the actor's own.</summary>
    public string? For { get; init; }
}

/// <summary>Where a rollout stands. A step index equal to the number of steps means promotion.</summary>
public abstract record RolloutPhase
{
    private RolloutPhase() { }

    public sealed record Planned : RolloutPhase;

    public sealed record AwaitingApproval(ApprovalPoint Before, DateTimeOffset Since) : RolloutPhase;

    /// <summary>Nothing else is in its way. Held while they do not open, so it is seen by itself only for a moment.</summary>
    public sealed record AwaitingWebhooks(ApprovalPoint Before) : RolloutPhase;

    /// <summary>Waits until the canary's instances are ready, with no traffic yet.</summary>
    public sealed record Deploying(int Step, DateTimeOffset Since) : RolloutPhase;

    /// <summary>Takes its share of the traffic; too early for a verdict.</summary>
    public sealed record Baking(int Step, DateTimeOffset Since) : RolloutPhase;

    /// <summary>The bake time is over; a verdict decides.</summary>
    public sealed record Judging(int Step, DateTimeOffset Since) : RolloutPhase;

    /// <summary>
    /// The verdict of a manual step has passed, and a person lets it go on. Held until somebody does, so it is seen by itself
    /// only for a moment.
    /// </summary>
    public sealed record Passed(int Step) : RolloutPhase;

    /// <summary>Instance by instance. <paramref name="Ready"/> of the new version count since <paramref name="Since"/>.</summary>
    public sealed record Promoting(int Ready, DateTimeOffset Since) : RolloutPhase
    {
        /// <summary>From 0.</summary>
        public int Wave { get; init; }

        /// <summary>Since when all of the wave is done; null while it is not.</summary>
        public DateTimeOffset? SoakingSince { get; init; }
    }

    /// <summary>
    /// The whole new set is started beside the old one, and gets no traffic but that of testers.
    /// <paramref name="UpSince"/> is null until all of it is ready.
    /// </summary>
    public sealed record Previewing(DateTimeOffset Since, DateTimeOffset? UpSince) : RolloutPhase;

    /// <summary>All of the traffic is on the new set; the old one stays up until <paramref name="KeptUntil"/>, and drains then.</summary>
    public sealed record Switched(DateTimeOffset Since, DateTimeOffset KeptUntil) : RolloutPhase;

    public sealed record Succeeded : RolloutPhase;

    /// <summary>A person stopped the clock. <paramref name="Resume"/> is where it goes on.</summary>
    public sealed record Paused(RolloutPhase Resume, string Actor, string Reason) : RolloutPhase;

    /// <summary>Cannot decide without a person: no data, inconclusive. <paramref name="Resume"/> is where it goes on.</summary>
    public sealed record Held(RolloutPhase Resume, string Reason) : RolloutPhase;

    /// <summary>The line is stopped: everything stays as it is. <paramref name="Resume"/> is where it goes on.</summary>
    public sealed record Halted(RolloutPhase Resume, string Reason) : RolloutPhase;

    /// <summary>
    /// A window has closed: traffic goes back to the old version and the canary drains. <paramref name="Then"/> is how it
    /// waits to start anew.
    /// </summary>
    public sealed record Withdrawing(RolloutPhase Then, string Reason, DateTimeOffset Since) : RolloutPhase;

    /// <summary>Traffic is back on the old version; the new one's instances drain.</summary>
    public sealed record RollingBack(string Reason, DateTimeOffset Since) : RolloutPhase;

    public sealed record RolledBack(string Reason) : RolloutPhase;

    public sealed record RollbackFailed(string Reason) : RolloutPhase;

    public sealed record Cancelled(string Reason) : RolloutPhase;

    /// <summary>A later train came to the stage before anything of this one ran there.</summary>
    public sealed record Superseded(string Reason) : RolloutPhase;
}

/// <summary>Some of what was seen of a rollout's canary at the step that took traffic last.</summary>
/// <param name="Number">From 0; <see cref="ObservationLog.PageSize"/> observations before it are in each one of lower number.</param>
public sealed record KeptEvidence(RolloutId Rollout, int Number, ImmutableArray<MetricObservation> Observations);

/// <summary>A judgement that something followed from.</summary>
/// <param name="Number">Counts a rollout's from 1.</param>
public sealed record KeptJudgement(RolloutId Rollout, int Number, Judgement Judgement);
