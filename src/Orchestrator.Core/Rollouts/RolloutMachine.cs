using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Rollouts;

/// <summary>
/// The state machine of a rollout, pure. Promotion needs evidence and approval; a failing verdict rolls back in every
/// phase in which the new version takes traffic, held, paused and waiting for approval included.
/// </summary>
public static class RolloutMachine
{
    /// <summary>The name that the journal gives to decisions no person asked for.</summary>
    public const string Judge = "judge";

    public static Transition Step(Rollout rollout, RolloutEvent @event, DateTimeOffset now) =>
        Take(rollout, @event, now) switch
        {
            Transition.Done(var after, var effects) when after.Phase.GetType() != rollout.Phase.GetType() =>
                new Transition.Done(after with { PhaseSince = now }, effects),
            var transition => transition,
        };

    private static Transition Take(Rollout rollout, RolloutEvent @event, DateTimeOffset now) =>
        @event switch
        {
            RolloutEvent.Observed observed => RolloutProgress.Observe(rollout, observed, now),
            RolloutEvent.Sampled sampled => RolloutJudging.Sample(rollout, sampled, now),
            RolloutEvent.Measured(var metric, var sample) => RolloutJudging.Measure(rollout, metric, sample, now),
            RolloutEvent.Approved approved => RolloutApprovals.Approve(rollout, approved, now),
            RolloutEvent.Rejected rejected => RolloutApprovals.Reject(rollout, rejected, now),
            RolloutEvent.Revoked revoked => RolloutApprovals.Revoke(rollout, revoked, now),
            RolloutEvent.WebhookAnswered answered => RolloutWebhooks.Hear(rollout, answered, now),
            RolloutEvent.WebhookSkipAsked asked => RolloutWebhooks.Skip(rollout, asked, now),
            RolloutEvent.GlassBroken broken => RolloutApprovals.Waive(rollout, broken, now),
            RolloutEvent.PauseAsked pause => RolloutRequests.Pause(rollout, pause),
            RolloutEvent.ResumeAsked resume => RolloutRequests.Resume(rollout, resume, now),
            RolloutEvent.SkipAsked(var actor, var reason) => RolloutRequests.Skip(rollout, actor, reason, now),
            RolloutEvent.PromoteAsked(var actor, var reason) => RolloutRequests.Promote(rollout, actor, reason, now),
            RolloutEvent.Overtaken(var by) => RolloutRequests.GiveWay(rollout, by, now),
            RolloutEvent.AbortAsked(var actor, var reason) => RolloutRequests.Abort(rollout, actor, reason, now),
            RolloutEvent.RollbackAsked(var actor, var reason) => RolloutRequests.RollBack(rollout, actor, reason, now),
            _ => throw new ArgumentOutOfRangeException(nameof(@event)),
        };

    public static bool IsFinished(Rollout rollout) =>
        rollout.Phase
            is RolloutPhase.Succeeded
                or RolloutPhase.RolledBack
                or RolloutPhase.RollbackFailed
                or RolloutPhase.Cancelled
                or RolloutPhase.Superseded;

    /// <summary>Whether nothing of it has run yet: it waits for a person, a webhook, a window or a dependency.</summary>
    public static bool IsWaiting(Rollout rollout) =>
        Underlying(rollout.Phase)
            is RolloutPhase.Planned
                or RolloutPhase.AwaitingApproval { Before: ApprovalPoint.Stage }
                or RolloutPhase.AwaitingWebhooks { Before: ApprovalPoint.Stage };

    /// <summary>The phase that a pause, a hold or a halt interrupts, or the phase itself.</summary>
    public static RolloutPhase Underlying(RolloutPhase phase) =>
        phase switch
        {
            RolloutPhase.Paused(var resume, _, _) => Underlying(resume),
            RolloutPhase.Held(var resume, _) => Underlying(resume),
            RolloutPhase.Halted(var resume, _) => Underlying(resume),
            _ => phase,
        };

    internal static Transition.Done Keep(Rollout rollout) => new(rollout, []);

    internal static Transition.Done Move(Rollout rollout, RolloutPhase phase, params RolloutEffect[] effects) =>
        new(rollout with { Phase = phase }, [.. effects]);

    internal static Transition.Done StartRollback(Rollout rollout, string actor, string reason, DateTimeOffset now)
    {
        var effects = ImmutableArray.CreateBuilder<RolloutEffect>();
        effects.Add(new RolloutEffect.Record(actor, "rollout.rolling-back", reason));
        return new Transition.Done(
            rollout with
            {
                Phase = new RolloutPhase.RollingBack(reason, now),
                UnreadySince = null,
                EndedAt = null,
            },
            effects.ToImmutable()
        );
    }

    /// <summary>The step whose evidence is judged; during approval and promotion the last one.</summary>
    internal static CanaryStep? StepOf(Rollout rollout)
    {
        var steps = rollout.Stage.Strategy.Steps;
        return Underlying(rollout.Phase) switch
        {
            RolloutPhase.Deploying(var step, _) => steps[step],
            RolloutPhase.Baking(var step, _) => steps[step],
            RolloutPhase.Judging(var step, _) => steps[step],
            RolloutPhase.Passed(var step) => steps[step],
            _ => steps.IsEmpty ? null : steps[^1],
        };
    }
}
