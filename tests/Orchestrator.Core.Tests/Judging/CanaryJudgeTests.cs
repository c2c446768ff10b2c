using System.Globalization;
using Orchestrator.Core.Judging;
using static Orchestrator.Core.Tests.Judging.Canaries;

namespace Orchestrator.Core.Tests.Judging;

public sealed class CanaryJudgeTests
{
    [Fact]
    public void Many_more_errors_than_the_control_has_fail_a_canary_in_one_sentence()
    {
        var judgement = Judge(APolicy(Errors), Independent, [.. Slots(4, slot => Counts(slot, 500, 20, 500, 5))]);

        Assert.Equal(JudgementOutcome.Fail, judgement.Outcome);
        Assert.Equal("errors 4 % v 1 % on 1,000 v 1,000 requests; e-value 2,926 ≥ 1,000", judgement.Reason);
    }

    [Fact]
    public void A_failure_stays_though_the_evidence_falls_again()
    {
        var bad = Slots(4, slot => Counts(slot, 500, 20, 500, 5));
        var good = Slots(300, slot => Counts(slot + 4, 500, 1, 500, 5));

        var (early, late) = (
            Judge(APolicy(Errors), Independent, [.. bad]),
            Judge(APolicy(Errors), Independent, [.. bad, .. good])
        );

        Assert.Equal((early.Outcome, early.Reason), (late.Outcome, late.Reason));
        Assert.Equal(early.Metrics[0].Worse, late.Metrics[0].Worse);
    }

    [Fact]
    public void What_failed_first_is_told_whatever_came_later()
    {
        var policy = APolicy(
            Errors with
            {
                Alpha = new AlphaUse.Own(0.0005),
            },
            Errors with
            {
                Name = "timeouts",
                Alpha = new AlphaUse.Own(0.0005),
            }
        );
        MetricSample[] late = [.. Slots(20, slot => Counts(slot, 500, slot < 10 ? 5 : 50, 500, 5))];
        MetricSample[] early = [.. Slots(20, slot => Counts(slot, 500, 50, 500, 5))];

        var judgement = Judge(policy, [Independent, Independent], late, early);
        var watch = new CanaryWatch(policy, [Independent, Independent]);
        Array.ForEach(early, sample => watch.Observe(1, sample));
        Array.ForEach(late, sample => watch.Observe(0, sample));

        Assert.StartsWith("timeouts 10 % v 1 % on ", judgement.Reason, StringComparison.Ordinal);
        Assert.Equal("timeouts", watch.Failed?.Metric.Policy.Name);
    }

    [Fact]
    public void A_canary_as_good_as_its_control_passes_after_its_minimum_soak()
    {
        MetricSample[] samples = [.. Slots(60, slot => Counts(slot, 500, 5, 500, 5))];

        var (early, late) = (
            Judge(APolicy(Errors) with { MinSoak = TimeSpan.FromMinutes(11) }, Independent, samples),
            Judge(APolicy(Errors), Independent, samples)
        );

        Assert.Equal((JudgementOutcome.Continue, JudgementOutcome.Pass), (early.Outcome, late.Outcome));
        Assert.Equal("errors 1 % v 1 % on 30,000 v 30,000 requests; its minimum soak is not over", early.Reason);
        Assert.Matches(
            @"^errors 1 % v 1 % on 30,000 v 30,000 requests; good enough by e-value over 1,000,000,000,000 ≥ 20$",
            late.Reason
        );
    }

    [Fact]
    public void A_pass_needs_the_minimum_of_samples()
    {
        var policy = APolicy(Errors with { MinSamples = 30_001 });

        var judgement = Judge(policy, Independent, [.. Slots(60, slot => Counts(slot, 500, 5, 500, 5))]);

        Assert.Equal(JudgementOutcome.Continue, judgement.Outcome);
        Assert.EndsWith("errors has 30,000 of the 30,001 samples needed", judgement.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_metric_must_be_good_enough_to_pass()
    {
        var policy = APolicy(Errors with { Alpha = new AlphaUse.Own(0.0005) }, Cpu);
        MetricSample[] errors = [.. Slots(60, slot => Counts(slot, 500, 5, 500, 5))];
        MetricSample[] cpu = [.. Slots(60, slot => Levels(slot, 1 + Wobble(slot), 1))];

        Assert.Equal(JudgementOutcome.Continue, Judge(policy, [Independent, Calm], errors, []).Outcome);
        Assert.Equal(JudgementOutcome.Pass, Judge(policy, [Independent, Calm], errors, cpu).Outcome);
    }

    [Fact]
    public void Bursts_hold_a_canary_fast_and_fail_it_only_by_what_bursts_cannot_feign()
    {
        var once = Judge(APolicy(Errors), Bursty, Counts(0, 500, 50, 500, 0));
        var often = Judge(APolicy(Errors), Bursty, [.. Slots(40, slot => Counts(slot, 500, 50, 500, 0))]);

        Assert.Equal((JudgementOutcome.Hold, JudgementOutcome.Fail), (once.Outcome, often.Outcome));
        Assert.Equal(1, once.Metrics[0].Worse, tolerance: 1);
        Assert.Contains("the A/A phase showed that they are not", once.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_canary_whose_bursts_are_as_frequent_and_twice_as_large_does_not_pass()
    {
        // In turn a burst on the one arm and on the other: the mean share of a bucket is a half.
        var judgement = Judge(
            APolicy(Errors),
            Bursty,
            [.. Slots(360, slot => Counts(slot, 500, slot % 2 == 0 ? 20 : 0, 500, slot % 2 == 0 ? 0 : 10))]
        );

        Assert.NotEqual(JudgementOutcome.Pass, judgement.Outcome);
        Assert.True(judgement.Metrics[0].GoodEnough < 1);
    }

    [Fact]
    public void An_acceptable_share_passes_a_canary_with_too_few_errors_to_compare()
    {
        MetricSample[] samples = [.. Slots(60, slot => Counts(slot, 10, slot == 7 ? 1 : 0, 10, slot == 9 ? 1 : 0))];

        var without = Judge(APolicy(Errors), Independent, samples);
        var with = Judge(
            APolicy(Errors with { Measure = new MetricMeasure.Share(Acceptable: 0.02) }),
            Independent,
            samples
        );

        Assert.Equal((JudgementOutcome.Continue, JudgementOutcome.Pass), (without.Outcome, with.Outcome));
    }

    [Fact]
    public void A_tolerated_ratio_is_tolerated()
    {
        MetricSample[] samples = [.. Slots(60, slot => Counts(slot, 500, 10, 500, 5))];
        var lenient = Errors with { ToleratedRatio = 2.5, InferiorRatio = 5 };

        Assert.Equal(JudgementOutcome.Fail, Judge(APolicy(Errors), Independent, samples).Outcome);
        Assert.Equal(JudgementOutcome.Pass, Judge(APolicy(lenient), Independent, samples).Outcome);
    }

    [Fact]
    public void Without_an_A_A_phase_the_fast_evidence_only_holds()
    {
        var judgement = Judge(APolicy(Errors), Noise.Unknown, Counts(0, 500, 50, 500, 0));

        Assert.Equal(JudgementOutcome.Hold, judgement.Outcome);
        Assert.Contains("no A/A phase showed that they are", judgement.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Arms_that_differ_for_longer_than_a_bucket_are_left_to_a_person()
    {
        var drifting = Noise.Unknown with { IsMeasured = true, Temper = double.MaxValue };
        MetricSample[] good = [.. Slots(360, slot => Counts(slot, 500, 5, 500, 5))];
        MetricSample[] bad = [.. Slots(360, slot => Counts(slot, 500, 500, 500, 0))];

        var judgement = Judge(APolicy(Errors), drifting, good);

        Assert.Equal(JudgementOutcome.Inconclusive, judgement.Outcome);
        Assert.EndsWith("so it cannot be judged", judgement.Reason, StringComparison.Ordinal);
        Assert.Equal(JudgementOutcome.Inconclusive, Judge(APolicy(Errors), drifting, bad).Outcome);
    }

    [Fact]
    public void The_end_of_the_maximum_soak_asks_a_person_by_time_and_by_samples()
    {
        MetricSample[] samples = [.. Slots(359, slot => Counts(slot, 500, 5, 500, 5))];
        var hard = Errors with { InferiorRatio = 1.01, Alpha = new AlphaUse.Own(1e-9) };

        var early = Judge(APolicy(hard), Independent, samples);
        var late = Judge(APolicy(hard), Independent, [.. samples, Counts(359, 0, 0, 0, 0)]);
        var used = Judge(APolicy(hard with { MaxSamples = 1000 }), Independent, samples);

        Assert.Equal(JudgementOutcome.Continue, early.Outcome);
        Assert.Equal(JudgementOutcome.Inconclusive, late.Outcome);
        Assert.Equal(JudgementOutcome.Inconclusive, used.Outcome);
        Assert.Contains("a person must decide", late.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Slower_answers_fail_and_equally_fast_ones_pass()
    {
        var policy = APolicy(Latency);

        var slow = Judge(policy, Independent, [.. Slots(6, slot => Answers(slot, [50, 30, 20], [80, 15, 5]))]);
        var same = Judge(policy, Independent, [.. Slots(60, slot => Answers(slot, [80, 15, 5], [80, 15, 5]))]);

        Assert.Equal((JudgementOutcome.Fail, JudgementOutcome.Pass), (slow.Outcome, same.Outcome));
        Assert.StartsWith("latency p90 ≤ 0.4 v ≤ 0.2 on ", slow.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_within_the_tolerated_ratio_are_tolerated()
    {
        // The canary is slower, but at most twice as slow.
        MetricSample[] samples = [.. Slots(60, slot => Answers(slot, [0, 95, 5], [95, 0, 5]))];

        var strict = Judge(APolicy(Latency), Independent, samples);
        var lenient = Judge(APolicy(Latency with { ToleratedRatio = 2, InferiorRatio = 4 }), Independent, samples);

        Assert.Equal(JudgementOutcome.Fail, strict.Outcome);
        Assert.NotEqual(JudgementOutcome.Fail, lenient.Outcome);
    }

    [Fact]
    public void A_higher_level_fails_and_the_same_one_passes()
    {
        var high = Judge(APolicy(Cpu), Calm, [.. Slots(60, slot => Levels(slot, 1.2 + Wobble(slot), 1))]);
        var same = Judge(APolicy(Cpu), Calm, [.. Slots(60, slot => Levels(slot, 1 + Wobble(slot), 1))]);

        Assert.Equal((JudgementOutcome.Fail, JudgementOutcome.Pass), (high.Outcome, same.Outcome));
    }

    [Fact]
    public void The_pool_fails_by_what_its_metrics_show_together()
    {
        var policy = APolicy(
            Errors with
            {
                Alpha = new AlphaUse.Pooled(1),
            },
            Latency with
            {
                Alpha = new AlphaUse.Pooled(3),
            }
        );
        MetricSample[] errors = [.. Slots(10, slot => Counts(slot, 500, 20, 500, 5))];

        var judgement = Judge(policy, [Independent, Independent], errors, []);

        Assert.Equal(JudgementOutcome.Fail, judgement.Outcome);
        Assert.Contains("with the others of its pool, e-value ", judgement.Reason, StringComparison.Ordinal);
        // A quarter of the weight: four times the evidence is needed.
        Assert.InRange(judgement.Metrics[0].Worse, low: 3990, high: 1e9);
    }

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Nonsense_is_no_evidence(MetricSample sample)
    {
        MetricSample[] good = [.. Slots(12, slot => Counts(slot, 500, 5, 500, 5))];

        var (without, with) = (
            Judge(APolicy(Errors), Independent, good),
            Judge(APolicy(Errors), Independent, [.. good[..6], sample, .. good[6..]])
        );

        Assert.Equal(without.Outcome, with.Outcome);
        Assert.Equal(
            without.Metrics[0] with
            {
                Refused = 1,
                LastRefusal = "",
            },
            with.Metrics[0] with
            {
                LastRefusal = "",
            }
        );
        Assert.NotEqual("", with.Metrics[0].LastRefusal);
    }

    public static TheoryData<MetricSample> Nonsense =>
        [
            new MetricSample.Missing(At(6), At(6).AddSeconds(1), "the provider is down"),
            Counts(5, 500, 500, 500, 0),
            Counts(0, 500, 500, 500, 0),
            new MetricSample.Counted(At(6).AddSeconds(9), At(6), 500, 500, 500, 0),
            new MetricSample.Counted(At(6), At(6).AddSeconds(1), 5, 6, 500, 0),
            new MetricSample.Counted(At(6), At(6).AddSeconds(1), -5, -6, 500, 0),
            new MetricSample.Counted(At(6), At(6).AddSeconds(1), 500, -1, 500, 0),
            new MetricSample.Counted(At(6), At(6).AddSeconds(1), long.MaxValue, 500, 500, 0),
            new MetricSample.Levels(At(6), At(6).AddSeconds(1), 100, 1),
        ];

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.Epsilon)]
    public void Levels_that_are_no_positive_numbers_are_no_evidence(double level)
    {
        var judgement = Judge(APolicy(Cpu), Calm, [.. Slots(100, slot => Levels(slot, level, 1))]);

        Assert.Equal(JudgementOutcome.Continue, judgement.Outcome);
        Assert.Equal(
            "cpu without data of the canary; cpu has no data (a level is not a positive number)",
            judgement.Reason
        );
    }

    [Fact]
    public void Stale_data_passes_nobody_and_comes_to_a_person_in_the_end()
    {
        MetricSample[] samples = [.. Slots(60, slot => Counts(slot, 500, 5, 500, 5))];
        var inputs = Inputs(APolicy(Errors), [Independent], samples);

        var fresh = CanaryJudge.Judge(inputs);
        var stale = CanaryJudge.Judge(inputs with { Now = inputs.Now.AddMinutes(2) });
        var late = CanaryJudge.Judge(inputs with { Now = inputs.Now.AddHours(2) });

        Assert.Equal(JudgementOutcome.Pass, fresh.Outcome);
        Assert.Equal(JudgementOutcome.Continue, stale.Outcome);
        Assert.EndsWith("the newest data of errors is 120 s old", stale.Reason, StringComparison.Ordinal);
        Assert.Equal(JudgementOutcome.Inconclusive, late.Outcome);
    }

    [Fact]
    public void What_is_not_over_yet_does_not_count()
    {
        MetricSample[] samples = [.. Slots(60, slot => Counts(slot, 500, 50, 500, 5))];
        var inputs = Inputs(APolicy(Errors), [Independent], samples);

        var judgement = CanaryJudge.Judge(inputs with { Now = At(0).AddSeconds(9) });

        Assert.Equal(1, judgement.Metrics[0].Worse, tolerance: 1e-9);
    }

    [Fact]
    public void A_policy_that_makes_no_sense_is_a_bug()
    {
        foreach (
            var policy in (CanaryPolicy[])
                [
                    APolicy(Errors) with
                    {
                        Alpha = double.NaN,
                    },
                    APolicy(Errors) with
                    {
                        MaxSoak = TimeSpan.Zero,
                    },
                    APolicy(Errors) with
                    {
                        MaxAge = TimeSpan.Zero,
                    },
                    APolicy(),
                    APolicy(Errors, Errors),
                    APolicy(Errors with { Beta = 0.5 }),
                    APolicy(Errors with { ToleratedRatio = double.NaN }),
                    APolicy(Errors with { InferiorRatio = 1 }),
                    APolicy(Errors with { Alpha = new AlphaUse.Own(0.01) }),
                    APolicy(Errors with { Alpha = new AlphaUse.Pooled(0) }),
                    APolicy(Errors with { MinSamples = 2, MaxSamples = 1 }),
                    APolicy(Errors with { Measure = new MetricMeasure.Share(1) }),
                    APolicy(Errors with { Measure = new MetricMeasure.Quantile(0.5, [2, 1]) }),
                ]
        )
        {
            Assert.NotEmpty(policy.Mistakes());
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => Judge(APolicy(), Independent));
    }

    [Fact]
    public void Reasons_look_alike_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NumberGroupSeparator) = (",", ".");
        CultureInfo.CurrentCulture = german;
        try
        {
            var judgement = Judge(APolicy(Errors), Independent, Counts(0, 3000, 5, 3000, 4));

            Assert.StartsWith(
                "errors 0.1667 % v 0.1333 % on 3,000 v 3,000 ",
                judgement.Reason,
                StringComparison.Ordinal
            );
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_judgement_replays_to_the_same_bits_on_every_machine()
    {
        var policy = APolicy(Errors with { Alpha = new AlphaUse.Own(0.0005) }, Cpu);

        var judgement = Judge(
            policy,
            [Bursty, Calm],
            [.. Slots(30, slot => Counts(slot, 500, 3 + (slot % 4), 480, 2 + (slot % 3)))],
            [.. Slots(30, slot => Levels(slot, 1.03 + Wobble(slot), 1))]
        );

        Assert.Equal(
            "402A78103CB35B4A 401442D77CCC3577 3FE4F1C0DEE555A2 40802795C2BAA2C7 40F42A337238E84E 40E6C3529BC8EBE9",
            string.Join(' ', judgement.Metrics.SelectMany(Values).Select(Bits))
        );

        static IEnumerable<double> Values(MetricFinding finding) => [finding.Worse, finding.Hint, finding.GoodEnough];
    }

    private static string Bits(double value) =>
        BitConverter.DoubleToInt64Bits(value).ToString("X16", CultureInfo.InvariantCulture);
}
