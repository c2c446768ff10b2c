using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

internal sealed class ShareEvidence : MetricEvidence
{
    private readonly CountTest _worse;
    private readonly CountTest _better;
    private readonly AcceptableShare? _acceptable;

    public ShareEvidence(MetricPolicy policy, MetricMeasure.Share share, Noise noise)
    {
        _worse = CountTest.OfWorse(RegressionEvidence.Worse, policy.ToleratedRatio, noise);
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
            _acceptable?.Observe(counts);
        }
    }

    /// <summary>Around a canary that is as good as its control, whose odds are 1/r1 of the null's.</summary>
    private static ImmutableArray<Alternative> BetterThan(double inferiorRatio)
    {
        var equal = 1 / inferiorRatio;
        return Alternative.EquallyWeighted([(1 + equal) / 2, equal, equal / 2, equal / 4]);
    }

    /// <summary>As <see cref="AcceptanceEvidence"/>: the canary's own share is acceptable, or close to the control's.</summary>
    private sealed class AcceptableShare(double acceptable, Noise noise, EProcess better) : EProcess
    {
        private readonly OddsMixture _absolute = new(AcceptanceEvidence.Acceptable, Math.Max(1, noise.Dispersion));
        private readonly double _odds = OddsMixture.OddsOf(acceptable);

        public void Observe(ArmCounts counts) => _absolute.Observe(counts.CanaryHits, counts.CanaryTotal, _odds);

        public override double LogEvidence() =>
            Natural.LogMean(_absolute.LogEvidence(), better.LogEvidence(), AcceptanceEvidence.AbsoluteWeight);

        public override double LogBound() => Math.Max(_absolute.LogBound(), better.LogBound());
    }
}
