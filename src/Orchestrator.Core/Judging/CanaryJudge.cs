using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// Judges a canary by many metrics, with evidence that stays valid however often one looks: the same inputs give the same
/// judgement bit for bit. What comes sample by sample is judged by <see cref="CanaryEvidence"/>, which agrees with it.
/// </summary>
public static class CanaryJudge
{
    public static Judgement Judge(JudgeInputs inputs)
    {
        var watch = new CanaryWatch(inputs.Policy, inputs.Noises);
        foreach (var (metric, sample) in inputs.Observations)
        {
            if (sample.To <= inputs.Now)
            {
                watch.Observe(metric, sample);
            }
        }

        return Judge(watch, inputs);
    }

    internal static Judgement Judge(CanaryWatch watch, JudgeInputs inputs)
    {
        var (outcome, reason, lacking) = Decide(watch, inputs);
        return new Judgement
        {
            Outcome = outcome,
            Reason = reason,
            Lacking = lacking,
            Metrics = Findings.Of(watch, inputs),
            Inputs = inputs,
        };
    }

    /// <summary>Why, in whole; or null, and what is still missing.</summary>
    private static (JudgementOutcome Outcome, string? Reason, Shortfall? Lacking) Decide(
        CanaryWatch watch,
        JudgeInputs inputs
    )
    {
        if (watch.Failed is { } failure)
        {
            return (JudgementOutcome.Fail, JudgementText.Failed(failure), null);
        }

        var isOver = IsOver(watch, inputs);
        if (watch.Suspect() is { } suspect)
        {
            var outcome = isOver ? JudgementOutcome.Inconclusive : JudgementOutcome.Hold;
            return (outcome, JudgementText.Suspected(suspect), null);
        }

        if (watch.Metrics.FirstOrDefault(metric => IsInconclusive(metric.Ruled)) is { } unclear)
        {
            return (JudgementOutcome.Inconclusive, JudgementText.Ruled(unclear, unclear.Ruled!), null);
        }

        if (LackingToPass(watch, inputs) is not { } lacking)
        {
            return (JudgementOutcome.Pass, JudgementText.Passed(watch.Metrics, watch.Ranked()), null);
        }

        return isOver
            ? (JudgementOutcome.Inconclusive, null, new Shortfall.InWords($"a person must decide: {lacking}"))
            : (JudgementOutcome.Continue, null, lacking);
    }

    private static bool IsInconclusive(RuleVerdict? ruled) => ruled is { Outcome: JudgementOutcome.Inconclusive };

    private static bool IsOver(CanaryWatch watch, JudgeInputs inputs) =>
        inputs.Now - inputs.Began >= inputs.Policy.MaxSoak || AreUsedUp(watch.Metrics);

    /// <summary>All that have an end by samples have come to it; more of the others would not make them good enough.</summary>
    private static bool AreUsedUp(ImmutableArray<MetricJudge> metrics)
    {
        var isBounded = false;
        foreach (var metric in metrics)
        {
            if (metric.IsBounded && !metric.IsUsedUp)
            {
                return false;
            }

            isBounded |= metric.IsBounded;
        }

        return isBounded;
    }

    /// <summary>What is still missing for a pass, the first of it; null when nothing is.</summary>
    private static Shortfall? LackingToPass(CanaryWatch watch, JudgeInputs inputs)
    {
        foreach (var metric in watch.Metrics)
        {
            if (Lacking(metric, inputs) is { } lacking)
            {
                return lacking;
            }
        }

        if (watch.Ranked() is { Outcome: not JudgementOutcome.Pass } ranked)
        {
            return new Shortfall.InWords(ranked.Reason);
        }

        return inputs.Now - inputs.Began < inputs.Policy.MinSoak
            ? new Shortfall.InWords("its minimum soak is not over")
            : null;
    }

    private static Shortfall? Lacking(MetricJudge metric, JudgeInputs inputs)
    {
        // No data at all is as old as time.
        if (inputs.Now - metric.Until > inputs.Policy.MaxAge)
        {
            return new Shortfall.InWords(JudgementText.Stale(metric, inputs.Now));
        }

        if (!metric.HasSamples)
        {
            return new Shortfall.Samples(metric.Policy.Name, metric.Sums.Samples, metric.Policy.MinSamples);
        }

        return metric.IsGoodEnough ? null : JudgementText.NotGoodEnough(metric);
    }
}
