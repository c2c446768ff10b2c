using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class RankSumTests
{
    private const double StandardErrorsOf95 = 1.959964;

    private static readonly RankSumPolicy Policy = new()
    {
        StandardErrors = 2.326348,
        Tolerance = 0.25,
        Marginal = 75,
        Pass = 95,
        MinPoints = 4,
    };

    private static readonly ImmutableArray<double> Low = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly ImmutableArray<double> High = [10, 20, 30, 40, 50, 60, 70, 80];

    [Fact]
    public void The_interval_is_the_published_one()
    {
        var test = RankSum.Of([10, 20, 30, 40], [1, 2, 3, 4], StandardErrorsOf95);

        Assert.Equal(new RankSum(Lower: 6, Estimate: 22.5, Upper: 39), test);
    }

    [Fact]
    public void Exchanged_arms_exchange_the_interval()
    {
        var test = RankSum.Of([10, 20, 30, 40, 41], [1, 2, 3, 40], StandardErrorsOf95);
        var other = RankSum.Of([1, 2, 3, 40], [10, 20, 30, 40, 41], StandardErrorsOf95);

        Assert.Equal((test.Lower, test.Estimate, test.Upper), (-other.Upper, -other.Estimate, -other.Lower));
    }

    [Fact]
    public void A_score_is_the_share_of_metrics_that_are_not_worse()
    {
        var (good, bad) = (AMetric(Low, Low), AMetric(High, Low));

        Assert.Equal(JudgementOutcome.Pass, RankSumRule.Judge(Policy, [good, good, good, good]).Outcome);
        Assert.Equal(JudgementOutcome.Continue, RankSumRule.Judge(Policy, [good, good, good, bad]).Outcome);
        var failed = RankSumRule.Judge(Policy, [good, bad]);
        Assert.Equal(JudgementOutcome.Fail, failed.Outcome);
        Assert.Equal("score 50 is below 75: cpu worse (this rule is not valid under peeking)", failed.Reason);
    }

    [Fact]
    public void A_critical_metric_fails_alone() =>
        Assert.Equal(
            JudgementOutcome.Fail,
            RankSumRule
                .Judge(
                    Policy,
                    [
                        AMetric(Low, Low),
                        AMetric(Low, Low),
                        AMetric(Low, Low),
                        AMetric(High, Low) with
                        {
                            IsCritical = true,
                        },
                    ]
                )
                .Outcome
        );

    [Fact]
    public void A_metric_that_may_be_a_little_worse_or_better_is_not_worse() =>
        Assert.Equal(
            JudgementOutcome.Pass,
            RankSumRule.Judge(Policy, [AMetric([2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 7, 8.5])]).Outcome
        );

    [Fact]
    public void A_better_metric_is_not_worse() =>
        Assert.Equal(JudgementOutcome.Pass, RankSumRule.Judge(Policy, [AMetric(Low, High)]).Outcome);

    [Fact]
    public void Metrics_without_data_neither_pass_nor_fail()
    {
        ImmutableArray<double> nothing = [double.NaN, double.PositiveInfinity, double.NaN, double.NaN, 1];

        Assert.Equal(JudgementOutcome.Inconclusive, RankSumRule.Judge(Policy, []).Outcome);
        Assert.Equal(JudgementOutcome.Inconclusive, RankSumRule.Judge(Policy, [AMetric(nothing, Low)]).Outcome);
        Assert.Equal(
            JudgementOutcome.Inconclusive,
            RankSumRule.Judge(Policy, [AMetric(Low, Low), AMetric(Low, nothing)]).Outcome
        );
    }

    private static RankedMetric AMetric(ImmutableArray<double> canary, ImmutableArray<double> control) =>
        new("cpu", MetricDirection.HigherIsWorse, IsCritical: false, canary, control);
}
