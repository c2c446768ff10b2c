using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Rollouts;

/// <summary>Makes evidence of what rollouts hear.</summary>
public static class RolloutEvidence
{
    /// <summary>Whether the new version answers requests, so that it can be compared.</summary>
    public static bool TakesTraffic(Rollout rollout) =>
        rollout.From is not null
        && BlueGreen.Of(rollout) is null // There is never traffic on both, so there is nothing to compare.
        && RolloutMachine.Underlying(rollout.Phase)
            is RolloutPhase.Baking
                or RolloutPhase.Judging
                or RolloutPhase.Passed
                or RolloutPhase.Promoting
                or RolloutPhase.AwaitingApproval { Before: ApprovalPoint.Promotion }
                or RolloutPhase.AwaitingWebhooks { Before: ApprovalPoint.Promotion };

    internal static CanaryEvidence Begin(Rollout rollout, CanaryStep? step, DateTimeOffset now)
    {
        var policy = StageJudge.PolicyOf(rollout.Stage.Judge, step);
        return CanaryEvidence.Begin(policy, [.. policy.Metrics.Select(metric => NoiseOf(rollout, metric))], now);
    }

    /// <summary>
    /// Several gateways tell of times that overlap, by clocks of their own. What counts is that both arms' numbers are of one time;
    /// so each sample begins where the last one ended, and ends when it came.
    /// </summary>
    internal static CanaryEvidence With(
        Rollout rollout,
        CanaryEvidence evidence,
        RolloutEvent.Sampled sampled,
        DateTimeOffset now
    )
    {
        var next = evidence;
        if (StageJudge.PlaceOf(evidence.Policy, StageJudge.Errors) is { } errors)
        {
            var bucket = Compared(sampled, evidence.Noises[errors]);
            var (from, to) = Times(next, errors, bucket, now);
            next = next.With(
                errors,
                new MetricSample.Counted(
                    from,
                    to,
                    bucket.CanaryRequests,
                    bucket.CanaryErrors,
                    bucket.ControlRequests,
                    bucket.ControlErrors
                )
            );
        }

        if (StageJudge.PlaceOf(evidence.Policy, StageJudge.Latency) is { } latency && IsWarm(rollout, evidence, now))
        {
            var bucket = Compared(sampled, evidence.Noises[latency]);
            var (from, to) = Times(next, latency, bucket, now);
            next = next.With(
                latency,
                bucket.CanaryLatencies.IsEmpty || bucket.ControlLatencies.IsEmpty
                    ? new MetricSample.Missing(from, to, "a gateway does not tell latencies, or tells others")
                    : new MetricSample.Histograms(from, to, bucket.CanaryLatencies, bucket.ControlLatencies)
            );
        }

        return next;
    }

    /// <summary>
    /// Where requests are independent it does not matter how many arms have, and all of the control makes a fault found sooner.
    /// Where they are not, because instances sway or errors come in bursts, arms must be exchangeable, so of one size.
    /// </summary>
    private static TrafficBucket Compared(RolloutEvent.Sampled sampled, Noise noise) =>
        noise.AllowsFast ? sampled.Bucket : sampled.Paired ?? sampled.Bucket;

    /// <summary>While it is promoted there is always an instance that has just begun, and is slow for that.</summary>
    private static bool IsWarm(Rollout rollout, CanaryEvidence evidence, DateTimeOffset now) =>
        RolloutMachine.Underlying(rollout.Phase) is not RolloutPhase.Promoting
        && now - evidence.Since >= (rollout.Stage.Judge.Latency?.WarmUp ?? TimeSpan.Zero);

    private static (DateTimeOffset From, DateTimeOffset To) Times(
        CanaryEvidence evidence,
        int metric,
        TrafficBucket bucket,
        DateTimeOffset now
    )
    {
        if (evidence.Until(metric) is not { } last)
        {
            return (now - (bucket.To - bucket.From), now);
        }

        // Two of the same moment are told apart by the shortest time there is.
        return (last, now > last ? now : last.AddTicks(1));
    }

    private static Noise NoiseOf(Rollout rollout, MetricPolicy metric)
    {
        if (rollout.Noise.GetValueOrDefault(metric.Name) is { IsMeasured: true } measured)
        {
            return measured;
        }

        // How much a level varies is not a matter of belief.
        var isTrusted =
            rollout.Stage.Judge.UntilMeasured == UnmeasuredNoise.Trust && metric.Measure is not MetricMeasure.Level;
        return isTrusted ? Noise.Independent(TimeSpan.Zero) : Noise.Unknown;
    }
}
