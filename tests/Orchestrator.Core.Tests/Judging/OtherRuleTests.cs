using System.Collections.Immutable;
using Orchestrator.Core.Judging;
using static Orchestrator.Core.Tests.Judging.Canaries;

namespace Orchestrator.Core.Tests.Judging;

/// <summary>Metrics of a canary that are judged by limits or ranks, beside others that are judged by evidence.</summary>
public sealed class OtherRuleTests
{
    private const string Warning = "(this rule is not valid under peeking)";

    /// <summary>Two slots of ten seconds a check; one bad check is forgiven.</summary>
    private static readonly ThresholdPolicy Limits = new()
    {
        Direction = MetricDirection.HigherIsWorse,
        GoodLimit = 0.01,
        BadLimit = 0.05,
        FailureLimit = 1,
        InconclusiveLimit = 0,
        ConsecutiveErrorLimit = 2,
        Checks = 3,
    };

    private static readonly RankSumPolicy Scores = new()
    {
        StandardErrors = RankSumPolicy.StandardErrorsOf(0.98),
        Tolerance = 0.25,
        Marginal = 75,
        Pass = 95,
        MinPoints = 8,
    };

    private static readonly MetricPolicy Limited = Ruled(Errors, new JudgedBy.Thresholds(Limits, Seconds(20)));

    private static readonly MetricPolicy Ranked = Ruled(Cpu, new JudgedBy.Ranks(IsCritical: false, Seconds(10)));

    [Fact]
    public void One_bad_check_more_than_is_forgiven_fails_the_canary_for_good_and_says_what_the_rule_is_worth()
    {
        var bad = Slots(4, slot => Counts(slot, 100, 6, 100, 0)).ToArray();
        MetricSample[] first = [.. bad[..2], .. Slots(2, slot => Counts(slot + 2, 100, 0, 100, 0))];

        Assert.Equal(JudgementOutcome.Continue, Judge(Policy(Limited), Independent, first).Outcome);
        var failed = Judge(Policy(Limited), Independent, [.. bad, .. Good(from: 4, to: 40)]);

        Assert.Equal(JudgementOutcome.Fail, failed.Outcome);
        Assert.Equal(
            $"errors 6 % v 0 % on 400 v 400 requests; 2 checks beyond 0.05, 1 are forgiven {Warning}",
            failed.Reason
        );
        Assert.Equal(
            (MetricState.Worse, JudgingRule.Thresholds),
            (failed.Metrics[0].State, failed.Metrics[0].Ruling!.Rule)
        );
    }

    [Fact]
    public void Checks_are_of_a_time_and_not_of_each_sample()
    {
        // 12 % in one slot and none in the next are 6 % in the check, and 8 % are 4 %.
        MetricSample[] samples = [.. Slots(4, slot => Counts(slot, 100, slot % 2 == 0 ? 12 : 0, 100, 0))];

        Assert.Equal(JudgementOutcome.Fail, Judge(Policy(Limited), Independent, samples).Outcome);
        Assert.Equal(
            JudgementOutcome.Inconclusive,
            Judge(
                Policy(Limited),
                Independent,
                [.. Slots(4, slot => Counts(slot, 100, slot % 2 == 0 ? 8 : 0, 100, 0))]
            ).Outcome
        );
    }

    [Fact]
    public void Good_checks_pass_once_the_soak_is_over_whatever_the_control_does()
    {
        var soaking = Judge(Policy(Limited), Independent, Good(from: 0, to: 20));
        var passed = Judge(Policy(Limited), Independent, Good(from: 0, to: 30));

        Assert.Equal(JudgementOutcome.Continue, soaking.Outcome);
        Assert.EndsWith("; its minimum soak is not over", soaking.Reason, StringComparison.Ordinal);
        Assert.Equal(JudgementOutcome.Pass, passed.Outcome);
        Assert.Equal(
            $"errors 0 % v 90 % on 3,000 v 3,000 requests; errors: 15 checks at 0.01 or better {Warning}",
            passed.Reason
        );
        Assert.Equal(("0 %", "90 %"), (passed.Metrics[0].Canary, passed.Metrics[0].Control));
        Assert.Equal("3,000 v 3,000 requests", passed.Metrics[0].On);
        Assert.Equal((1.0, 1.0), (passed.Metrics[0].Worse, passed.Metrics[0].GoodEnough));
    }

    [Fact]
    public void Gaps_fail_nobody_pass_nobody_and_leave_it_to_a_person_when_there_are_too_many_in_a_row()
    {
        MetricSample[] gaps = [.. Slots(6, slot => new MetricSample.Missing(At(slot), At(slot + 1), "it hangs"))];

        var held = Judge(Policy(Limited), Independent, gaps);
        var seenAgain = Judge(Policy(Limited), Independent, [.. gaps, .. Good(from: 6, to: 8)]);

        Assert.Equal(JudgementOutcome.Inconclusive, held.Outcome);
        Assert.Equal($"errors: 3 checks in a row without a number, 2 are forgiven {Warning}", held.Reason);
        Assert.Equal(JudgementOutcome.Continue, Judge(Policy(Limited), Independent, gaps[..4]).Outcome);
        Assert.Equal(JudgementOutcome.Continue, seenAgain.Outcome);
    }

    [Fact]
    public void Somebody_who_sends_a_thousand_gaps_in_a_second_makes_no_check_of_them()
    {
        var gaps = Enumerable.Range(0, 1000).Select(_ => new MetricSample.Missing(At(1), At(1), "refused"));

        Assert.Equal(JudgementOutcome.Continue, Judge(Policy(Limited), Independent, [.. gaps]).Outcome);
    }

    [Fact]
    public void Limits_are_of_quantiles_between_bounds_and_of_levels_that_may_be_nothing()
    {
        var limits = Limits with { GoodLimit = 0.16, BadLimit = 0.16, Checks = 1, FailureLimit = 0 };
        var latency = Ruled(Latency, new JudgedBy.Thresholds(limits, Seconds(10)));
        var queue = Ruled(Cpu, new JudgedBy.Thresholds(limits with { GoodLimit = 0, BadLimit = 5 }, Seconds(10)));

        // Of 100 answers, 80 are up to 100 ms and 20 up to 200 ms: the 90th lies half-way between, at 150.
        var good = Judge(Policy(latency), Independent, Answers(0, [80, 20, 0], [100, 0, 0]));
        var bad = Judge(Policy(latency), Independent, Answers(0, [40, 60, 0], [100, 0, 0]));
        var empty = Judge(Policy(queue), Independent, Levels(0, 0, 0));

        Assert.Equal(JudgementOutcome.Continue, good.Outcome);
        Assert.Equal(MetricState.GoodEnough, good.Metrics[0].State);
        Assert.Equal(JudgementOutcome.Fail, bad.Outcome);
        Assert.Equal(MetricState.GoodEnough, empty.Metrics[0].State);
    }

    [Fact]
    public void What_is_judged_by_limits_takes_nothing_of_the_alpha_of_the_others()
    {
        var policy = APolicy(Limited, Cpu);

        Assert.Empty(policy.Mistakes());
        Assert.Equal(0.001, policy.PooledAlpha);
        Assert.Equal(1000, Judge(policy, [Independent, Calm], [], []).Metrics[1].WorseLimit, precision: 6);
    }

    [Fact]
    public void A_metric_by_evidence_passes_no_canary_whose_limits_are_not_kept_yet_nor_the_other_way_round()
    {
        var policy = APolicy(Limited, Errors with { Name = "lost" });
        MetricSample[] many = [.. Slots(31, slot => Counts(slot, 10_000, 100, 10_000, 100))];

        var unlimited = Judge(policy, [Independent, Independent], Good(from: 29, to: 31), many);
        var unproven = Judge(policy, [Independent, Independent], Good(from: 0, to: 31), [Counts(30, 100, 1, 100, 1)]);
        var both = Judge(policy, [Independent, Independent], Good(from: 0, to: 31), many);

        Assert.Equal(JudgementOutcome.Continue, unlimited.Outcome);
        Assert.Contains("1 good checks of 3 needed", unlimited.Reason, StringComparison.Ordinal);
        Assert.Equal(JudgementOutcome.Continue, unproven.Outcome);
        Assert.Equal(JudgementOutcome.Pass, both.Outcome);
        Assert.StartsWith("all 2 metrics are good enough; lost 1 % v 1 %", both.Reason, StringComparison.Ordinal);
        Assert.EndsWith(Warning, both.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_fail_a_canary_below_the_marginal_score_and_pass_it_above_the_other()
    {
        var memory = Ranked with { Name = "memory" };
        var policy = Policy(Ranked, memory);

        var good = Judge(policy, [Calm, Calm], Level(31, 1), Level(31, 1));
        var half = Judge(policy, [Calm, Calm], Level(31, 1), Level(31, 2));
        var few = Judge(policy, [Calm, Calm], Level(31, 1), Level(7, 2));
        var early = Judge(
            Policy(Ranked, memory, Ranked with { Name = "disk" }),
            [Calm, Calm, Calm],
            Level(31, 2),
            [],
            []
        );

        Assert.Equal((JudgementOutcome.Pass, $"score 100 of 95 needed {Warning}"), (good.Outcome, End(good)));
        Assert.Equal(
            (JudgementOutcome.Fail, $"score 50 is below 75: memory worse {Warning}"),
            (half.Outcome, End(half))
        );
        Assert.Equal((MetricState.Worse, JudgingRule.Ranks), (half.Metrics[1].State, half.Metrics[1].Ruling!.Rule));
        Assert.Equal(JudgementOutcome.Continue, few.Outcome);
        Assert.Equal(JudgementOutcome.Fail, early.Outcome);
        Assert.Contains("too few points of memory", few.Metrics[0].Ruling!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_marginal_score_waits_and_a_critical_metric_fails_alone()
    {
        ImmutableArray<MetricPolicy> four =
        [
            Ranked,
            .. from name in (string[])["a", "b", "c"] select Ranked with { Name = name },
        ];
        MetricSample[][] series = [Level(31, 2), Level(31, 1), Level(31, 1), Level(31, 1)];
        Noise[] noises = [Calm, Calm, Calm, Calm];
        var critical = Ranked with { JudgedBy = new JudgedBy.Ranks(IsCritical: true, Seconds(10)) };

        var marginal = Judge(Policy([.. four]), noises, series);
        var failed = Judge(Policy([critical, .. four[1..]]), noises, series);

        Assert.Equal(JudgementOutcome.Continue, marginal.Outcome);
        Assert.Contains("score 75 is marginal, 95 needed", marginal.Reason, StringComparison.Ordinal);
        Assert.Equal((JudgementOutcome.Fail, $"cpu is critical and worse {Warning}"), (failed.Outcome, End(failed)));
    }

    [Fact]
    public void Sample_by_sample_they_conclude_what_the_judge_does_from_all_at_once()
    {
        var policy = Policy(Limited, Ranked, Errors with { Name = "lost" });
        for (var seed = 1; seed <= 20; seed++)
        {
            var random = new SmallRandom((ulong)seed);
            var evidence = CanaryEvidence.Begin(policy, [Independent, Calm, Independent], At(0));
            for (var slot = 0; slot < 60; slot++)
            {
                evidence = evidence
                    .With(0, Fuzzed(random, slot))
                    .With(1, Levels(slot, random.NextUnit() < 0.1 ? double.NaN : 1 + random.NextNormal() / 4, 1))
                    .With(2, Fuzzed(random, slot));
                var judgement = evidence.JudgeAt(At(0), At(slot + 1));
                var again = CanaryJudge.Judge(judgement.Inputs);
                Assert.Equal((again.Outcome, again.Reason), (judgement.Outcome, judgement.Reason));
                Assert.Equal(again.Metrics, judgement.Metrics);
            }
        }
    }

    [Theory]
    [InlineData(0.98, 2.326348)]
    [InlineData(0.95, 1.959964)]
    [InlineData(0.5, 0.674490)]
    public void Standard_errors_of_a_confidence_are_those_of_the_tables(double confidence, double expected) =>
        Assert.Equal(expected, RankSumPolicy.StandardErrorsOf(confidence), precision: 6);

    [Fact]
    public void A_policy_whose_rules_make_no_sense_is_refused()
    {
        Assert.Single(Policy(With(Limits with { Checks = 0 })).Mistakes());
        Assert.Single(Policy(With(Limits with { GoodLimit = 0.06 })).Mistakes());
        Assert.Single(Policy(With(Limits with { BadLimit = double.NaN })).Mistakes());
        Assert.Single(Policy(With(Limits with { FailureLimit = -1 })).Mistakes());
        Assert.Single(Policy(Limited with { Alpha = new AlphaUse.Own(0.0001) }).Mistakes());
        Assert.Single(Policy(Ranked).Mistakes() is { IsEmpty: true } ? APolicy(Ranked).Mistakes() : []);
        Assert.Single((Policy(Ranked) with { Ranks = Scores with { Pass = 70 } }).Mistakes());
    }

    private static MetricPolicy With(ThresholdPolicy limits) =>
        Ruled(Errors, new JudgedBy.Thresholds(limits, Seconds(20)));

    private static MetricPolicy Ruled(MetricPolicy metric, JudgedBy rule) =>
        metric with
        {
            Alpha = new AlphaUse.Unused(),
            JudgedBy = rule,
        };

    private static CanaryPolicy Policy(params ImmutableArray<MetricPolicy> metrics) =>
        APolicy(metrics) with
        {
            Ranks = Scores,
        };

    private static MetricSample[] Good(int from, int to) =>
        [.. Slots(to - from, slot => Counts(slot + from, 100, 0, 100, 90))];

    private static MetricSample[] Level(int count, double canary) =>
        [.. Slots(count, slot => Levels(slot, canary * (1 + Wobble(slot)), 1 + Wobble(slot + 1)))];

    private static MetricSample Fuzzed(SmallRandom random, int slot) =>
        random.NextUnit() switch
        {
            < 0.1 => new MetricSample.Missing(At(slot), At(slot + 1), "none"),
            < 0.2 => Counts(slot, -1, 0, 10, 0),
            < 0.3 => Counts(slot - 5, 100, 100, 100, 0),
            < 0.4 => Counts(slot, 0, 0, 100, 1),
            _ => Counts(slot, 100, (long)(random.NextUnit() * 4), 100, 1),
        };

    private static string End(Judgement judgement) => judgement.Reason.Split("; ")[^1];

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
