using Orchestrator.Core.Judging;
using static Orchestrator.Core.Rollouts.RolloutMachine;

namespace Orchestrator.Core.Rollouts;

/// <summary>What evidence does to a rollout: whenever the new version takes traffic, enough against it rolls back.</summary>
internal static class RolloutJudging
{
    public static Transition.Done Sample(Rollout rollout, RolloutEvent.Sampled sampled, DateTimeOffset now) =>
        RolloutEvidence.TakesTraffic(rollout) && sampled.Bucket.CanaryRequests + sampled.Bucket.ControlRequests > 0
            ? Conclude(rollout, RolloutEvidence.With(rollout, EvidenceOf(rollout, now), sampled, now), now)
            : Keep(rollout);

    public static Transition.Done Measure(Rollout rollout, string metric, MetricSample sample, DateTimeOffset now)
    {
        if (!RolloutEvidence.TakesTraffic(rollout))
        {
            return Keep(rollout);
        }

        var evidence = EvidenceOf(rollout, now);
        return StageJudge.PlaceOf(evidence.Policy, metric) is { } place
            ? Conclude(rollout, evidence.With(place, Timely(sample, evidence.Since, now)), now)
            : Keep(rollout);
    }

    /// <summary>What is of another time becomes a gap of no length, which says why.</summary>
    private static MetricSample Timely(MetricSample sample, DateTimeOffset since, DateTimeOffset now) =>
        sample switch
        {
            MetricSample.Missing => sample,
            { To: var to } when to > now => new MetricSample.Missing(now, now, "it ends in the future"),
            { From: var from } when from < since => new MetricSample.Missing(
                now,
                now,
                "it begins before the canary had its traffic"
            ),
            _ => sample,
        };

    /// <summary>With the verdict of now; the same object while it says the same.</summary>
    public static (Rollout Rollout, Judgement Judgement) Judge(Rollout rollout, DateTimeOffset now) =>
        Judge(rollout, EvidenceOf(rollout, now), now);

    private static (Rollout Rollout, Judgement Judgement) Judge(
        Rollout rollout,
        CanaryEvidence evidence,
        DateTimeOffset now
    )
    {
        var judgement = evidence.JudgeAt(BeganAt(rollout, evidence.Policy, now), now);
        var verdict = Verdict.Of(judgement);
        var isNews = !ReferenceEquals(evidence, rollout.Evidence) || !verdict.SaysTheSameAs(rollout.Verdict);
        return (isNews ? rollout with { Evidence = evidence, Verdict = verdict } : rollout, judgement);
    }

    /// <summary>What follows from a judgement, with the judgement, to be kept with all that it rests on.</summary>
    public static Transition.Done Kept(Judgement judgement, Transition.Done done)
    {
        var number = done.Rollout.Judgements + 1;
        return new Transition.Done(
            done.Rollout with
            {
                Judgements = number,
            },
            done.Effects.Add(new RolloutEffect.KeepJudgement(number, judgement))
        );
    }

    private static Transition.Done Conclude(Rollout rollout, CanaryEvidence evidence, DateTimeOffset now)
    {
        var (judged, judgement) = Judge(rollout, evidence, now);
        return judgement.Outcome == JudgementOutcome.Fail
            ? Kept(judgement, StartRollback(judged, RolloutMachine.Judge, judgement.Reason, now))
            : Keep(judged);
    }

    /// <summary>A rollout without canary steps is judged while it is promoted.</summary>
    private static CanaryEvidence EvidenceOf(Rollout rollout, DateTimeOffset now) =>
        rollout.Evidence ?? RolloutEvidence.Begin(rollout, StepOf(rollout), now);

    /// <summary>After the steps no soak is waited for, and none ends.</summary>
    private static DateTimeOffset BeganAt(Rollout rollout, CanaryPolicy policy, DateTimeOffset now) =>
        Underlying(rollout.Phase) switch
        {
            RolloutPhase.Baking(_, var since) => since,
            RolloutPhase.Judging(_, var since) => since,
            _ => now - policy.MinSoak,
        };
}
