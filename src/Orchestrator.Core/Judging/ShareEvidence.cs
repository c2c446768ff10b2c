using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// Hits among requests. Of all hits of a sample, the canary's share under ratio r has odds r·n_c/n_b. The factor's expected value
/// is at most 1 for Bernoulli hits too, not only for rare ones: each request's factor has an expected value of
/// 1 + p·(a − 1) ≤ exp(p·(a − 1)), and over both arms these exponents sum to 0 at p_c = r0·p_b, and below it to less. Nor need
/// requests of an arm share one probability: their mean is all that counts.
/// </summary>
internal sealed class ShareEvidence : MetricEvidence
{
    /// <summary>How much worse a canary may be: a nearly geometric grid, so that slight and gross faults are both found soon.</summary>
    internal static readonly ImmutableArray<Alternative> WorseOdds = Alternative.EquallyWeighted([
        1.25,
        1.5,
        2,
        3,
        5,
        10,
        20,
        50,
        100,
    ]);

    private readonly CountTest _worse;
    private readonly CountTest _better;
    private readonly AcceptableShare? _acceptable;

    public ShareEvidence(MetricPolicy policy, MetricMeasure.Share share, Noise noise)
    {
        _worse = CountTest.OfWorse(WorseOdds, policy.ToleratedRatio, noise);
        _better = CountTest.OfBetter(BetterThan(policy.InferiorRatio), policy.InferiorRatio, noise);
        // That the canary's own hits are few enough is only known where requests are independent.
        _acceptable =
            share.Acceptable is { } acceptable && noise.AllowsFast
                ? new AcceptableShare(acceptable, noise, _better.Decisive)
                : null;
    }

    public override EProcess Worse => _worse.Decisive;

    public override EProcess Hint => _worse.Hint;

    public override EProcess GoodEnough => _acceptable ?? _better.Decisive;

    public override void Observe(MetricSample sample)
    {
        if (sample is MetricSample.Counted counted)
        {
            var counts = new ArmCounts(
                counted.CanaryTotal,
                counted.CanaryHits,
                counted.ControlTotal,
                counted.ControlHits
            );
            _worse.Observe(counted.From, counted.To, counts);
            _better.Observe(counted.From, counted.To, counts);
            _acceptable?.Observe(counts.CanaryHits, counts.CanaryTotal);
        }
    }

    /// <summary>Around a canary that is as good as its control, whose odds are 1/r1 of the null's.</summary>
    private static ImmutableArray<Alternative> BetterThan(double inferiorRatio)
    {
        var equal = 1 / inferiorRatio;
        return Alternative.EquallyWeighted([(1 + equal) / 2, equal, equal / 2, equal / 4]);
    }
}
