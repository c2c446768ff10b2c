using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using static Orchestrator.Core.Tests.Judging.Traffic;

namespace Orchestrator.Core.Tests.Judging;

public sealed class ErrorJudgeTests
{
    [Fact]
    public void No_buckets_are_no_evidence()
    {
        var verdict = Judge(APolicy());

        Assert.Equal((VerdictOutcome.Continue, "no requests"), (verdict.Outcome, verdict.Reason));
        Assert.Equal(1, verdict.RegressionEvidence, tolerance: 1e-12);
        Assert.Equal(1, verdict.AcceptanceEvidence, tolerance: 1e-12);
        Assert.Equal((1000, 20), (verdict.RegressionLimit, verdict.AcceptanceLimit));
    }

    [Fact]
    public void Empty_buckets_and_a_silent_canary_never_pass_and_never_fail()
    {
        var verdict = Judge(
            APolicy(),
            [.. ABucket(0, 0, 0, 0).Repeated(1000), .. ABucket(0, 0, 1000, 500).Repeated(1000)]
        );

        Assert.Equal((VerdictOutcome.Continue, "no requests"), (verdict.Outcome, verdict.Reason));
        Assert.Equal(1, verdict.RegressionEvidence, tolerance: 1e-12);
        Assert.Equal(1, verdict.AcceptanceEvidence, tolerance: 1e-12);
    }

    [Fact]
    public void Errors_that_can_be_compared_with_no_request_of_the_control_fail_nobody()
    {
        var hasControl = ABucket(1, 0, 10, 0);
        var silentControl = ABucket(10, 10, 0, 0);

        var verdict = Judge(APolicy(), [hasControl, .. silentControl.Repeated(1000)]);

        Assert.Equal(VerdictOutcome.Continue, verdict.Outcome);
        Assert.Equal(1, verdict.RegressionEvidence, tolerance: 1e-12);
    }

    [Fact]
    public void Arms_that_never_answer_in_the_same_second_are_compared_all_the_same()
    {
        var quietStart = ABucket(1, 0, 1, 0);
        TrafficBucket[] round =
        [
            ABucket(0, 0, 3, 0),
            ABucket(0, 0, 6, 0).Later(seconds: 1),
            ABucket(1, 1, 0, 0).Later(seconds: 2),
        ];

        var verdict = Judge(APolicy(), [quietStart, .. Enumerable.Repeat(round, 10).SelectMany(bucket => bucket)]);

        Assert.Equal(VerdictOutcome.Fail, verdict.Outcome);
    }

    [Fact]
    public void Errors_are_not_compared_with_requests_of_a_minute_ago()
    {
        var start = ABucket(1, 0, 1, 0);
        var control = ABucket(0, 0, 100, 0).Later(seconds: 1);
        var canary = ABucket(10, 10, 0, 0);

        var soon = Judge(APolicy(), start, control, canary.Later(seconds: 60));
        var late = Judge(APolicy(), start, control, canary.Later(seconds: 61));

        Assert.Equal(VerdictOutcome.Fail, soon.Outcome);
        Assert.Equal(1, late.RegressionEvidence, tolerance: 1e-12);
    }

    [Fact]
    public void A_bucket_can_be_worked_out_by_hand()
    {
        // Equal arms and r0 = 1: the canary's share of errors is r/(r + 1) instead of 1/2. Two errors of three:
        // Σ 1/9 · 8·r²/(r + 1)³ over r = 1.25, 1.5, 2, 3, 5, 10, 20, 50, 100.
        var verdict = Judge(APolicy(), ABucket(10, 2, 10, 1));

        Assert.Equal(0.7400567, verdict.RegressionEvidence, tolerance: 1e-6);
    }

    [Fact]
    public void A_grossly_bad_canary_fails_before_it_has_baked_and_before_its_minimum_of_requests()
    {
        var verdict = ErrorJudge.Judge(
            APolicy(),
            minimumRequests: 500,
            hasBaked: false,
            ABucket(10, 2, 90, 0).Repeated(10)
        );

        Assert.Equal(VerdictOutcome.Fail, verdict.Outcome);
        Assert.InRange(verdict.CanaryErrors, low: 4, high: 6);
        Assert.True(verdict.RegressionEvidence >= verdict.RegressionLimit);
    }

    [Fact]
    public void A_first_version_with_many_errors_fails_without_any_control()
    {
        var verdict = Judge(APolicy(), ABucket(5, 1, 0, 0).Repeated(100));

        Assert.Equal(VerdictOutcome.Fail, verdict.Outcome);
        Assert.InRange(verdict.CanaryErrors, low: 4, high: 6);
        Assert.StartsWith("error rate 20 %, no control, 1 % is acceptable: evidence ", verdict.Reason);
    }

    [Fact]
    public void Errors_from_before_the_first_control_request_count_no_more_once_there_is_one()
    {
        // Two errors in two requests are evidence of several hundred against 1 %.
        var alone = ABucket(2, 2, 0, 0);
        var both = ABucket(10, 10, 90, 90);

        Assert.InRange(Judge(APolicy(), alone).RegressionEvidence, low: 100, high: 999);
        Assert.True(Judge(APolicy(), alone, both).RegressionEvidence < 1);
    }

    [Fact]
    public void A_long_quiet_time_without_control_does_not_hide_a_bad_canary_later()
    {
        var quiet = ABucket(100, 0, 0, 0).Repeated(1000);

        var verdict = Judge(APolicy(), [.. quiet, .. ABucket(10, 2, 90, 0).Repeated(10)]);

        Assert.Equal(VerdictOutcome.Fail, verdict.Outcome);
    }

    [Fact]
    public void A_fault_that_hits_both_arms_alike_fails_no_canary()
    {
        var verdict = Judge(APolicy(), ABucket(10, 5, 90, 45).Repeated(1000));

        Assert.NotEqual(VerdictOutcome.Fail, verdict.Outcome);
    }

    [Fact]
    public void A_failure_stays_though_the_evidence_falls_again()
    {
        var bad = ABucket(10, 2, 90, 0).Repeated(10);
        var good = ABucket(10, 0, 90, 9).Repeated(1000);

        var (early, late) = (Judge(APolicy(), bad), Judge(APolicy(), [.. bad, .. good]));

        Assert.Equal(VerdictOutcome.Fail, early.Outcome);
        Assert.Equal(early, late);
    }

    [Fact]
    public void A_canary_that_was_good_and_turned_bad_does_not_pass_on_its_past()
    {
        var good = ABucket(100, 0, 0, 0).Repeated(5);
        var bad = ABucket(100, 2, 0, 0).Repeated(5);

        Assert.Equal(VerdictOutcome.Pass, Judge(APolicy(), good).Outcome);
        Assert.NotEqual(VerdictOutcome.Pass, Judge(APolicy(), [.. good, .. bad]).Outcome);
    }

    [Fact]
    public void Without_any_error_a_canary_passes_after_a_little_more_requests_than_can_be_hoped_for()
    {
        // ln(1/β)/p0 = 300 would do for a single alternative of no errors at all.
        var least = Enumerable
            .Range(1, 1000)
            .First(requests => Judge(APolicy(), ABucket(requests, 0, 9L * requests, 0)).Outcome == VerdictOutcome.Pass);

        Assert.InRange(least, low: 300, high: 375);
    }

    [Fact]
    public void A_canary_close_to_a_control_with_many_errors_passes_too()
    {
        // The acceptable rate is 1 %: only the comparison can pass it.
        var verdict = Judge(APolicy(), ABucket(100, 5, 900, 45).Repeated(20));

        Assert.Equal(VerdictOutcome.Pass, verdict.Outcome);
    }

    [Fact]
    public void A_canary_twice_as_bad_as_a_control_with_many_errors_never_passes()
    {
        var verdict = Judge(APolicy() with { Alpha = 1e-12 }, ABucket(100, 10, 900, 45).Repeated(5));

        Assert.Equal(VerdictOutcome.Continue, verdict.Outcome);
        Assert.True(verdict.AcceptanceEvidence < 1);
    }

    [Theory]
    [InlineData(500, true, 500, VerdictOutcome.Pass)]
    [InlineData(500, false, 500, VerdictOutcome.Continue)]
    [InlineData(500, true, 501, VerdictOutcome.Continue)]
    [InlineData(100, true, 100, VerdictOutcome.Continue)]
    public void A_pass_needs_evidence_and_the_bake_and_the_minimum_of_requests(
        int requests,
        bool hasBaked,
        int minimumRequests,
        VerdictOutcome expected
    )
    {
        var verdict = ErrorJudge.Judge(APolicy(), minimumRequests, hasBaked, [ABucket(requests, 0, 4500, 0)]);

        Assert.Equal(expected, verdict.Outcome);
    }

    [Fact]
    public void A_failure_comes_before_a_pass()
    {
        // 0.5 % is acceptable, but fifty times what the control has.
        var buckets = ABucket(1000, 5, 100_000, 10).Repeated(20);

        var verdict = Judge(APolicy(), buckets);

        Assert.Equal(VerdictOutcome.Fail, verdict.Outcome);
        Assert.Equal(VerdictOutcome.Pass, Judge(APolicy() with { ToleratedRatio = 60 }, buckets).Outcome);
    }

    [Fact]
    public void A_tolerated_ratio_is_tolerated()
    {
        var buckets = ABucket(1000, 3, 9000, 9).Repeated(100);

        Assert.Equal(VerdictOutcome.Fail, Judge(APolicy(), buckets).Outcome);
        Assert.NotEqual(VerdictOutcome.Fail, Judge(APolicy() with { ToleratedRatio = 3 }, buckets).Outcome);
    }

    [Fact]
    public void The_weights_of_each_bucket_count_and_not_those_of_the_sum()
    {
        // Errors went up for both while the canary ramped up from 1 % to 50 %: added up, 0.83 % against 0.11 %.
        TrafficBucket[] buckets = [ABucket(1000, 1, 99_000, 99), ABucket(5000, 50, 5000, 50)];

        var verdict = Judge(APolicy(), buckets);

        Assert.NotEqual(VerdictOutcome.Fail, verdict.Outcome);
        Assert.True(verdict.RegressionEvidence < 1);
        Assert.Equal(VerdictOutcome.Fail, Judge(APolicy(), ABucket(6000, 51, 104_000, 149)).Outcome);
    }

    [Fact]
    public void The_verdict_sums_its_inputs()
    {
        var verdict = Judge(APolicy(), ABucket(10, 1, 20, 2), ABucket(100, 0, 200, 1));

        Assert.Equal(
            (110L, 1L, 220L, 3L),
            (verdict.CanaryRequests, verdict.CanaryErrors, verdict.ControlRequests, verdict.ControlErrors)
        );
    }

    [Fact]
    public void A_verdict_replays_to_the_same_bits_on_every_machine()
    {
        var verdict = Judge(APolicy(), ABucket(50, 1, 950, 1), ABucket(51, 0, 949, 2), ABucket(49, 1, 0, 0));

        Assert.Equal(
            ("3FF677323C2FA65D", "3FC6A283EC760BAA"),
            (Bits(verdict.RegressionEvidence), Bits(verdict.AcceptanceEvidence))
        );
    }

    [Fact]
    public void Reasons_are_for_people_and_look_alike_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NumberGroupSeparator) = (",", ".");
        CultureInfo.CurrentCulture = german;
        try
        {
            Assert.Equal(
                "error rate 19.4 % against 0.1 % of the control: evidence 10,453,073 of the 1,000 needed to fail",
                Judge(APolicy(), ABucket(31, 6, 1000, 1)).Reason
            );
            Assert.Equal(
                "error rate 0 % against 0 % of the control: evidence 1 of the 20 needed to pass, "
                    + "10 of the 1,500 requests needed, its bake time is not over",
                ErrorJudge.Judge(APolicy(), minimumRequests: 1500, hasBaked: false, [ABucket(10, 0, 90, 0)]).Reason
            );
            Assert.Equal(
                "error rate 0 %, no control, 1 % is acceptable: evidence 11,776 of the 20 needed to pass",
                Judge(APolicy(), ABucket(1000, 0, 0, 0)).Reason
            );
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(long.MaxValue / 4, 0, long.MaxValue / 4, 0)]
    [InlineData(long.MaxValue / 4, long.MaxValue / 8, long.MaxValue / 4, 0)]
    [InlineData(1, 1, long.MaxValue / 4, 0)]
    [InlineData(long.MaxValue / 4, 0, 1, 1)]
    [InlineData(long.MaxValue / 4, long.MaxValue / 4, 1, 0)]
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

            Assert.True(double.IsFinite(verdict.RegressionEvidence) && verdict.RegressionEvidence >= 0);
            Assert.True(double.IsFinite(verdict.AcceptanceEvidence) && verdict.AcceptanceEvidence >= 0);
        }
    }

    [Theory]
    [InlineData(0, 0.05, 1, 0.01)]
    [InlineData(0.001, 0.5, 1, 0.01)]
    [InlineData(0.001, 0.05, 0.9, 0.01)]
    [InlineData(0.001, 0.05, 1, 0)]
    [InlineData(0.001, 0.05, 1, 1)]
    [InlineData(double.NaN, 0.05, 1, 0.01)]
    public void A_policy_out_of_range_is_a_bug(double alpha, double beta, double ratio, double acceptable)
    {
        var policy = new JudgePolicy
        {
            Alpha = alpha,
            Beta = beta,
            ToleratedRatio = ratio,
            AcceptableErrorRate = acceptable,
        };

        Assert.Throws<ArgumentOutOfRangeException>(() => Judge(policy, ABucket(1, 0, 1, 0)));
    }

    private static string Bits(double value) =>
        BitConverter.DoubleToInt64Bits(value).ToString("X16", CultureInfo.InvariantCulture);
}
