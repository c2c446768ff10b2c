namespace Orchestrator.Core.Judging;

/// <summary>What checks against fixed limits came to so far.</summary>
internal readonly record struct ThresholdTally(int Good, int Bad, int Between, int ErrorsInARow)
{
    /// <param name="value">NaN, and whatever is not finite, is a check without a number.</param>
    public ThresholdTally Plus(ThresholdPolicy policy, double value)
    {
        if (!double.IsFinite(value))
        {
            return this with { ErrorsInARow = ErrorsInARow + 1 };
        }

        var isGood = IsWithin(policy, value, policy.GoodLimit);
        var isBad = !isGood && !IsWithin(policy, value, policy.BadLimit);
        return new ThresholdTally(
            Good + (isGood ? 1 : 0),
            Bad + (isBad ? 1 : 0),
            Between + (isGood || isBad ? 0 : 1),
            ErrorsInARow: 0
        );
    }

    /// <summary>Once it fails it always does; checks without a number are forgotten with the next that has one.</summary>
    public RuleVerdict Verdict(ThresholdPolicy policy)
    {
        if (Bad > policy.FailureLimit)
        {
            return RuleVerdict.Of(
                JudgementOutcome.Fail,
                $"{Bad} checks beyond {policy.BadLimit}, {policy.FailureLimit} are forgiven"
            );
        }

        if (Between > policy.InconclusiveLimit)
        {
            return RuleVerdict.Of(
                JudgementOutcome.Inconclusive,
                $"{Between} inconclusive checks, {policy.InconclusiveLimit} are forgiven"
            );
        }

        if (ErrorsInARow > policy.ConsecutiveErrorLimit)
        {
            return RuleVerdict.Of(
                JudgementOutcome.Inconclusive,
                $"{ErrorsInARow} checks in a row without a number, {policy.ConsecutiveErrorLimit} are forgiven"
            );
        }

        return Good >= policy.Checks
            ? RuleVerdict.Of(JudgementOutcome.Pass, $"{Good} checks at {policy.GoodLimit} or better")
            : RuleVerdict.Of(
                JudgementOutcome.Continue,
                $"{Good} good checks of {policy.Checks} needed, {Bad} bad ones of {policy.FailureLimit} forgiven"
            );
    }

    private static bool IsWithin(ThresholdPolicy policy, double value, double limit) =>
        policy.Direction == MetricDirection.HigherIsWorse ? value <= limit : value >= limit;
}
