using System.Globalization;

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

/// <summary>What a rule says that is not valid under peeking, in one sentence that says so.</summary>
public sealed record RuleVerdict(JudgementOutcome Outcome, string Reason)
{
    public const string Warning = "this rule is not valid under peeking";
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
        var tally = default(Tally);
        foreach (var check in checks)
        {
            tally = tally.Plus(policy, check);
            if (Decide(policy, tally) is { } decided)
            {
                return decided;
            }
        }

        return Verdict(
            JudgementOutcome.Continue,
            $"{tally.Good} good checks of {policy.Checks} needed, {tally.Bad} bad ones of {policy.FailureLimit} forgiven"
        );
    }

    private static RuleVerdict? Decide(ThresholdPolicy policy, Tally tally)
    {
        if (tally.Bad > policy.FailureLimit)
        {
            return Verdict(
                JudgementOutcome.Fail,
                $"{tally.Bad} checks beyond {policy.BadLimit}, {policy.FailureLimit} are forgiven"
            );
        }

        if (tally.Between > policy.InconclusiveLimit)
        {
            return Verdict(
                JudgementOutcome.Inconclusive,
                $"{tally.Between} inconclusive checks, {policy.InconclusiveLimit} are forgiven"
            );
        }

        if (tally.ErrorsInARow > policy.ConsecutiveErrorLimit)
        {
            return Verdict(
                JudgementOutcome.Inconclusive,
                $"{tally.ErrorsInARow} checks in a row without a number, {policy.ConsecutiveErrorLimit} are forgiven"
            );
        }

        return tally.Good >= policy.Checks
            ? Verdict(JudgementOutcome.Pass, $"{tally.Good} checks at {policy.GoodLimit} or better")
            : null;
    }

    private static RuleVerdict Verdict(JudgementOutcome outcome, FormattableString reason) =>
        new(outcome, $"{reason.ToString(CultureInfo.InvariantCulture)} ({RuleVerdict.Warning})");

    private readonly record struct Tally(int Good, int Bad, int Between, int ErrorsInARow)
    {
        public Tally Plus(ThresholdPolicy policy, ThresholdCheck check)
        {
            if (check is not ThresholdCheck.Measured { Value: var value } || !double.IsFinite(value))
            {
                return this with { ErrorsInARow = ErrorsInARow + 1 };
            }

            var isGood = IsWithin(policy, value, policy.GoodLimit);
            var isBad = !isGood && !IsWithin(policy, value, policy.BadLimit);
            return new Tally(
                Good + (isGood ? 1 : 0),
                Bad + (isBad ? 1 : 0),
                Between + (isGood || isBad ? 0 : 1),
                ErrorsInARow: 0
            );
        }

        private static bool IsWithin(ThresholdPolicy policy, double value, double limit) =>
            policy.Direction == MetricDirection.HigherIsWorse ? value <= limit : value >= limit;
    }
}
