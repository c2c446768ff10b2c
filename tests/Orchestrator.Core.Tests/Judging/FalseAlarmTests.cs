using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Judging.Traffic;

namespace Orchestrator.Core.Tests.Judging;

/// <summary>Simulated traffic, seeded: 1,000 requests a second, 5 % of them to the canary, 0.1 % errors at the control.</summary>
public sealed class FalseAlarmTests
{
    private const double BaseRate = 0.001;
    private const int CanaryPerSecond = 50;
    private const int ControlPerSecond = 950;

    [Fact]
    public void Looking_every_ten_seconds_for_an_hour_fails_a_canary_that_is_no_worse_less_often_than_alpha()
    {
        const int Runs = 1000;
        var policy = APolicy() with { Alpha = 0.01 };
        var random = new SmallRandom(seed: 1);

        var failed = Enumerable
            .Range(0, Runs)
            .Count(_ =>
                Judge(policy, Simulated(random, ratio: 1, seconds: 3600, perBucket: 10)).Outcome
                == JudgementOutcome.Fail
            );

        Assert.InRange(failed, low: 1, high: (int)(Runs * policy.Alpha));
    }

    /// <summary>Medians and 90 % quantiles of the reference table, for the same alpha and the same traffic, and the 5 seconds it counts in.</summary>
    [Theory]
    [InlineData(10, 15, 30)]
    [InlineData(5, 50, 90)]
    [InlineData(2, 470, 885)]
    public void A_worse_canary_is_found_about_as_soon_as_can_be(int ratio, int medianSeconds, int lateSeconds)
    {
        const int Runs = 200;
        var random = new SmallRandom(seed: 2);

        var seconds = Enumerable
            .Range(0, Runs)
            .Select(_ => Judge(APolicy(), Simulated(random, ratio, seconds: 3600, perBucket: 5)))
            .Select(verdict =>
                verdict.Outcome == JudgementOutcome.Fail ? verdict.Errors().Samples / CanaryPerSecond : 3600
            )
            .Order()
            .ToList();

        Assert.InRange(seconds[Runs / 2], low: medianSeconds * 0.8, high: medianSeconds * 1.2);
        Assert.InRange(seconds[Runs * 9 / 10], low: lateSeconds * 0.8, high: lateSeconds * 1.2);
    }

    [Fact]
    public void Looking_every_ten_seconds_for_an_hour_passes_an_unacceptable_canary_less_often_than_beta()
    {
        const int Runs = 300;
        var policy = APolicy() with { AcceptableErrorRate = 2 * BaseRate };
        var random = new SmallRandom(seed: 3);

        var passed = Enumerable
            .Range(0, Runs)
            .Count(_ => EverAccepts(policy, Simulated(random, ratio: 2, 3600, perBucket: 10)));

        Assert.InRange(passed, low: 1, high: (int)(Runs * policy.Beta));
    }

    [Fact]
    public void A_good_canary_passes_within_half_a_minute()
    {
        const int Runs = 200;
        var random = new SmallRandom(seed: 4);

        var passed = Enumerable
            .Range(0, Runs)
            .Count(_ =>
                Judge(APolicy(), Simulated(random, ratio: 1, seconds: 30, perBucket: 5)).Outcome
                == JudgementOutcome.Pass
            );

        Assert.InRange(passed, low: Runs * 9 / 10, high: Runs);
    }

    private static bool EverAccepts(JudgePolicy policy, TrafficBucket[] buckets)
    {
        var errors = StageJudge.PolicyOf(policy, step: null).Metrics[0];
        var judge = new MetricJudge(errors, Noise.Independent(TimeSpan.Zero), ranks: null);
        foreach (var (second, bucket) in buckets.Index())
        {
            judge.Observe(SampleOf(bucket, second));
            if (judge.IsGoodEnough)
            {
                return true;
            }
        }

        return false;
    }

    private static TrafficBucket[] Simulated(SmallRandom random, double ratio, int seconds, int perBucket) =>
        [
            .. Enumerable
                .Range(0, seconds / perBucket)
                .Select(_ =>
                    ABucket(
                        CanaryPerSecond * perBucket,
                        random.NextPoisson(CanaryPerSecond * perBucket * BaseRate * ratio),
                        ControlPerSecond * perBucket,
                        random.NextPoisson(ControlPerSecond * perBucket * BaseRate)
                    )
                ),
        ];
}
