namespace Orchestrator.Core.Judging;

/// <summary>One look at a metric of the canary alone.</summary>
public abstract record ThresholdCheck
{
    private ThresholdCheck() { }

    public sealed record Measured(double Value) : ThresholdCheck;

    /// <summary>There was no number, for whatever reason.</summary>
    public sealed record NotMeasured(string Why) : ThresholdCheck;
}

/// <summary>Fixed limits and how many checks may break them, as Argo Rollouts and Flagger have them.</summary>
public sealed record ThresholdPolicy
{
    public required MetricDirection Direction { get; init; }

    /// <summary>At it or better, a check is good.</summary>
    public required double GoodLimit { get; init; }

    /// <summary>Beyond it a check is bad; between the two it is inconclusive.</summary>
    public required double BadLimit { get; init; }

    /// <summary>Bad checks that are forgiven.</summary>
    public required int FailureLimit { get; init; }

    /// <summary>Inconclusive checks that are forgiven.</summary>
    public required int InconclusiveLimit { get; init; }

    /// <summary>Checks in a row without a number that are forgiven.</summary>
    public required int ConsecutiveErrorLimit { get; init; }

    /// <summary>Good checks needed to pass; at least 1.</summary>
    public required int Checks { get; init; }
}

/// <summary>
/// The rule of fixed thresholds. Not valid under peeking: each check more is another chance to fail a good canary, and to a limit
/// it is all the same what the control does. Checks without a number never fail or pass a canary.
/// </summary>
public static class ThresholdRule
{
    /// <param name="checks">Oldest first.</param>
    public static RuleVerdict Judge(ThresholdPolicy policy, IReadOnlyList<ThresholdCheck> checks)
    {
        var tally = default(ThresholdTally);
        foreach (var check in checks)
        {
            tally = tally.Plus(policy, check is ThresholdCheck.Measured(var value) ? value : double.NaN);
            if (tally.Verdict(policy) is { Outcome: not JudgementOutcome.Continue } decided)
            {
                return decided;
            }
        }

        return tally.Verdict(policy);
    }
}
