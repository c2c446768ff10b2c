using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Judging;

/// <summary>
/// Judges a canary by its errors, with evidence that stays valid however often one looks: each call judges all buckets
/// again, and the same buckets give the same verdict bit for bit.
/// </summary>
public static class ErrorJudge
{
    /// <param name="minimumRequests">Of the canary, before it may pass.</param>
    /// <param name="hasBaked">Whether the minimum time has passed; it may fail before, but not pass.</param>
    /// <param name="buckets">Of the running step, oldest first.</param>
    /// <returns>A failure is final: later buckets do not change it, and it tells only what was known when it was reached.</returns>
    public static Verdict Judge(
        JudgePolicy policy,
        int minimumRequests,
        bool hasBaked,
        IReadOnlyList<TrafficBucket> buckets
    )
    {
        ThrowIfOutOfRange(policy);
        var regression = new RegressionEvidence(policy);
        var acceptance = new AcceptanceEvidence(policy);
        var counts = Counts.None;
        foreach (var bucket in buckets)
        {
            counts = counts.Plus(bucket);
            regression.Observe(bucket);
            acceptance.Observe(bucket);

            // Ville's inequality bounds the first time the limit is reached, so a later fall does not take it back.
            // A canary without errors is never worse: its evidence only falls.
            var mayFail = counts.CanaryErrors > 0;
            if (mayFail && Evidence.Of(regression.LogEvidence(), policy.Alpha) is { IsEnough: true } failing)
            {
                var passing = Evidence.Of(acceptance.LogEvidence(), policy.Beta);
                return Conclude(
                    VerdictOutcome.Fail,
                    VerdictText.Failed(counts, failing, policy),
                    counts,
                    failing,
                    passing
                );
            }
        }

        // Not the largest so far: a canary that was good and turned bad must not pass on its past.
        var accepted = Evidence.Of(acceptance.LogEvidence(), policy.Beta);
        var lacking = VerdictText.LackingToPass(counts, accepted, minimumRequests, hasBaked);
        return Conclude(
            lacking.IsEmpty ? VerdictOutcome.Pass : VerdictOutcome.Continue,
            lacking.IsEmpty
                ? VerdictText.Passed(counts, accepted, policy)
                : VerdictText.Undecided(counts, lacking, policy),
            counts,
            Evidence.Of(regression.LogEvidence(), policy.Alpha),
            accepted
        );
    }

    private static Verdict Conclude(
        VerdictOutcome outcome,
        string reason,
        Counts counts,
        Evidence regression,
        Evidence acceptance
    ) =>
        new()
        {
            Outcome = outcome,
            Reason = reason,
            CanaryRequests = counts.CanaryRequests,
            CanaryErrors = counts.CanaryErrors,
            ControlRequests = counts.ControlRequests,
            ControlErrors = counts.ControlErrors,
            RegressionEvidence = regression.Value,
            RegressionLimit = regression.Limit,
            AcceptanceEvidence = acceptance.Value,
            AcceptanceLimit = acceptance.Limit,
        };

    /// <summary>Manifests are checked long before; written so that NaN is out of range too.</summary>
    private static void ThrowIfOutOfRange(JudgePolicy policy)
    {
        if (
            policy
            is not {
                Alpha: > 0 and < 0.5,
                Beta: > 0 and < 0.5,
                ToleratedRatio: >= 1 and < double.PositiveInfinity,
                AcceptableErrorRate: > 0 and < 1
            }
        )
        {
            throw new ArgumentOutOfRangeException(nameof(policy), policy, "The policy is out of range.");
        }
    }
}
