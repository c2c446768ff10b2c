namespace Orchestrator.Core.Judging;

/// <summary>What is concluded, in the words that people and programs read everywhere.</summary>
public static class JudgementWords
{
    public static string Of(JudgementOutcome outcome) =>
        outcome switch
        {
            JudgementOutcome.Continue => "continue",
            JudgementOutcome.Hold => "hold",
            JudgementOutcome.Pass => "pass",
            JudgementOutcome.Fail => "fail",
            JudgementOutcome.Inconclusive => "inconclusive",
            _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
        };

    public static string Of(MetricState state) =>
        state switch
        {
            MetricState.NoData => "no data",
            MetricState.Stale => "stale",
            MetricState.Undecided => "undecided",
            MetricState.GoodEnough => "good enough",
            MetricState.LooksWorse => "looks worse",
            MetricState.Worse => "worse",
            MetricState.Inconclusive => "inconclusive",
            _ => throw new ArgumentOutOfRangeException(nameof(state)),
        };
}
