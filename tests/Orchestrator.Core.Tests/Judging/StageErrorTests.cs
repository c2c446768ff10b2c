using Orchestrator.Core.Judging;
using static Orchestrator.Core.Tests.Judging.Traffic;

namespace Orchestrator.Core.Tests.Judging;

public sealed class StageErrorTests
{
    [Fact]
    public void No_buckets_are_no_evidence()
    {
        var verdict = Judge(APolicy());

        Assert.Equal(
            (JudgementOutcome.Continue, "errors without data of the canary; errors has no data"),
            (verdict.Outcome, verdict.Reason)
        );
        Assert.Equal(1, verdict.Errors().Worse, tolerance: 1e-12);
        Assert.Equal(1, verdict.Errors().GoodEnough, tolerance: 1e-12);
        Assert.Equal((1000, 20), (verdict.Errors().WorseLimit, verdict.Errors().GoodEnoughLimit));
    }

    [Fact]
    public void Empty_buckets_and_a_silent_canary_never_pass_and_never_fail()
    {
        var verdict = Judge(
            APolicy(),
            [.. ABucket(0, 0, 0, 0).Repeated(1000), .. ABucket(0, 0, 1000, 500).Repeated(1000)]
        );

        Assert.Equal(JudgementOutcome.Continue, verdict.Outcome);
        Assert.Equal(1, verdict.Errors().Worse, tolerance: 1e-12);
        Assert.Equal(1, verdict.Errors().GoodEnough, tolerance: 1e-12);
    }

    [Fact]
    public void A_bucket_can_be_worked_out_by_hand()
    {
        // Equal arms and r0 = 1: the canary's share of errors is r/(r + 1) instead of 1/2. Two errors of three:
        // Σ 1/9 · 8·r²/(r + 1)³ over r = 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100.
        var verdict = Judge(APolicy(), ABucket(10, 2, 10, 1));

        Assert.Equal(0.7400567, verdict.Errors().Worse, tolerance: 1e-6);
    }

    [Fact]
    public void A_grossly_bad_canary_fails_before_it_has_baked_and_before_its_minimum_of_requests()
    {
        var verdict = Judge(APolicy(), minimumRequests: 500, hasBaked: false, ABucket(10, 2, 90, 0).Repeated(10));

        Assert.Equal(JudgementOutcome.Fail, verdict.Outcome);
        Assert.InRange(verdict.Errors().Counts.CanaryHits, low: 4, high: 6);
        Assert.True(verdict.Errors().Worse >= verdict.Errors().WorseLimit);
    }

    [Fact]
    public void A_fault_that_hits_both_arms_alike_fails_no_canary()
    {
        var verdict = Judge(APolicy(), ABucket(10, 5, 90, 45).Repeated(1000));

        Assert.NotEqual(JudgementOutcome.Fail, verdict.Outcome);
    }

    [Fact]
    public void A_canary_that_was_good_and_turned_bad_does_not_pass_on_its_past()
    {
        var good = ABucket(100, 0, 0, 0).Repeated(5);
        var bad = ABucket(100, 2, 0, 0).Repeated(5);

        Assert.Equal(JudgementOutcome.Pass, Judge(APolicy(), good).Outcome);
        Assert.NotEqual(JudgementOutcome.Pass, Judge(APolicy(), [.. good, .. bad]).Outcome);
    }

    [Fact]
    public void Without_any_error_a_canary_passes_after_a_little_more_requests_than_can_be_hoped_for()
    {
        // ln(1/β)/p0 = 300 would do for a single alternative of no errors at all.
        var least = Enumerable
            .Range(1, 1000)
            .First(requests =>
                Judge(APolicy(), ABucket(requests, 0, 9L * requests, 0)).Outcome == JudgementOutcome.Pass
            );

        Assert.InRange(least, low: 300, high: 375);
    }

    [Fact]
    public void A_canary_close_to_a_control_with_many_errors_passes_too()
    {
        // The acceptable rate is 1 %: only the comparison can pass it.
        var verdict = Judge(APolicy(), ABucket(100, 5, 900, 45).Repeated(20));

        Assert.Equal(JudgementOutcome.Pass, verdict.Outcome);
    }

    [Fact]
    public void A_canary_twice_as_bad_as_a_control_with_many_errors_never_passes()
    {
        var verdict = Judge(APolicy() with { Alpha = 1e-12 }, ABucket(100, 10, 900, 45).Repeated(5));

        Assert.Equal(JudgementOutcome.Continue, verdict.Outcome);
        Assert.True(verdict.Errors().GoodEnough < 1);
    }

    [Theory]
    [InlineData(500, true, 500, JudgementOutcome.Pass)]
    [InlineData(500, false, 500, JudgementOutcome.Continue)]
    [InlineData(500, true, 501, JudgementOutcome.Continue)]
    [InlineData(100, true, 100, JudgementOutcome.Continue)]
    public void A_pass_needs_evidence_and_the_bake_and_the_minimum_of_requests(
        int requests,
        bool hasBaked,
        int minimumRequests,
        JudgementOutcome expected
    )
    {
        var verdict = Judge(APolicy(), minimumRequests, hasBaked, ABucket(requests, 0, 4500, 0));

        Assert.Equal(expected, verdict.Outcome);
    }

    [Fact]
    public void A_failure_comes_before_a_pass()
    {
        // 0.5 % is acceptable, but fifty times what the control has.
        var buckets = ABucket(1000, 5, 100_000, 10).Repeated(20);

        var verdict = Judge(APolicy(), buckets);

        Assert.Equal(JudgementOutcome.Fail, verdict.Outcome);
        Assert.Equal(JudgementOutcome.Pass, Judge(APolicy() with { ToleratedRatio = 60 }, buckets).Outcome);
    }

    [Fact]
    public void The_weights_of_each_bucket_count_and_not_those_of_the_sum()
    {
        // Errors went up for both while the canary ramped up from 1 % to 50 %: added up, 0.83 % against 0.11 %.
        TrafficBucket[] buckets = [ABucket(1000, 1, 99_000, 99), ABucket(5000, 50, 5000, 50)];

        var verdict = Judge(APolicy(), buckets);

        Assert.NotEqual(JudgementOutcome.Fail, verdict.Outcome);
        Assert.True(verdict.Errors().Worse < 1);
        Assert.Equal(JudgementOutcome.Fail, Judge(APolicy(), ABucket(6000, 51, 104_000, 149)).Outcome);
    }

    [Fact]
    public void The_verdict_sums_its_inputs()
    {
        var verdict = Judge(APolicy(), ABucket(10, 1, 20, 2), ABucket(100, 0, 200, 1));

        Assert.Equal(
            new ArmCounts(CanaryTotal: 110, CanaryHits: 1, ControlTotal: 220, ControlHits: 3),
            verdict.Errors().Counts
        );
    }

    [Theory]
    [InlineData(1L << 51, 0, 1L << 51, 0)]
    [InlineData(1L << 51, 1L << 50, 1L << 51, 0)]
    [InlineData(1, 1, 1L << 51, 0)]
    [InlineData(1L << 51, 0, 1, 1)]
    [InlineData(1L << 51, 1L << 51, 1, 0)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 0, 0, 0)]
    [InlineData(0, 0, 1, 1)]
    public void Evidence_is_finite_whatever_the_counts(
        long canaryRequests,
        long canaryErrors,
        long controlRequests,
        long controlErrors
    )
    {
        foreach (var acceptable in (double[])[1e-300, 1e-9, 0.5, 0.999999999])
        {
            var verdict = Judge(
                APolicy() with
                {
                    AcceptableErrorRate = acceptable,
                },
                ABucket(canaryRequests, canaryErrors, controlRequests, controlErrors)
            );

            Assert.True(double.IsFinite(verdict.Errors().Worse) && verdict.Errors().Worse >= 0);
            Assert.True(double.IsFinite(verdict.Errors().GoodEnough) && verdict.Errors().GoodEnough >= 0);
        }
    }
}
