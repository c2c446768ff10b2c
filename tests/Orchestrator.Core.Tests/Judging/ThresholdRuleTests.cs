using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class ThresholdRuleTests
{
    private static readonly ThresholdPolicy Policy = new()
    {
        Direction = MetricDirection.HigherIsWorse,
        GoodLimit = 0.01,
        BadLimit = 0.02,
        FailureLimit = 1,
        InconclusiveLimit = 1,
        ConsecutiveErrorLimit = 2,
        Checks = 3,
    };

    [Fact]
    public void Good_checks_pass_and_the_rule_says_what_it_is_worth()
    {
        var verdict = Judge(0.01, 0, 0.005);

        Assert.Equal(JudgementOutcome.Pass, verdict.Outcome);
        Assert.Equal("3 checks at 0.01 or better (this rule is not valid under peeking)", verdict.Reason);
    }

    [Fact]
    public void One_bad_check_more_than_is_forgiven_fails() =>
        Assert.Equal(
            (JudgementOutcome.Continue, JudgementOutcome.Fail),
            (Judge(0.03, 0, 0).Outcome, Judge(0.03, 0, 0.03, 0).Outcome)
        );

    [Fact]
    public void Checks_between_the_limits_are_inconclusive() =>
        Assert.Equal(JudgementOutcome.Inconclusive, Judge(0.015, 0.015).Outcome);

    [Fact]
    public void Checks_without_a_number_neither_pass_nor_fail_and_a_person_decides_after_too_many()
    {
        Assert.Equal(JudgementOutcome.Continue, Judge(double.NaN, double.NaN, 0, double.NaN).Outcome);
        Assert.Equal(JudgementOutcome.Inconclusive, Judge(0, double.NaN, double.NaN, double.NaN).Outcome);
        Assert.Equal(JudgementOutcome.Continue, Judge().Outcome);
        Assert.Equal(JudgementOutcome.Continue, Judge(double.PositiveInfinity, double.PositiveInfinity).Outcome);
    }

    [Fact]
    public void What_is_worse_when_lower_is_limited_from_below()
    {
        var policy = Policy with { Direction = MetricDirection.LowerIsWorse, GoodLimit = 0.99, BadLimit = 0.95 };

        Assert.Equal(
            JudgementOutcome.Fail,
            ThresholdRule.Judge(policy, [new ThresholdCheck.Measured(0.9), new ThresholdCheck.Measured(0.9)]).Outcome
        );
    }

    private static RuleVerdict Judge(params double[] values) =>
        ThresholdRule.Judge(
            Policy,
            [
                .. values.Select(value =>
                    double.IsNaN(value)
                        ? (ThresholdCheck)new ThresholdCheck.NotMeasured("the provider is down")
                        : new ThresholdCheck.Measured(value)
                ),
            ]
        );
}
