using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// e-process D: a sequential two-sample test of a quantile. If the canary's p-quantile is at most r0 times the control's, then no
/// larger part of its answers is above r0 times a bound than of the control's above that bound; so answers above them are hits
/// as errors are. The bound is the control's p-quantile of all samples before, so none is measured by itself. A control may have
/// no answers above its quantile's bucket, and then nothing to compare; so a canary is good enough, too, if fewer than 1 − p of its
/// answers are above r1 times that bound.
/// </summary>
internal sealed class QuantileEvidence : MetricEvidence
{
    /// <summary>Odds ratios: what a quantile that is too high by a margin becomes depends on the distribution.</summary>
    private static readonly ImmutableArray<Alternative> Fewer = Alternative.EquallyWeighted([0.75, 0.5, 0.25, 0.125]);

    private readonly CountTest _worse;
    private readonly CountTest _better;
    private readonly AcceptableShare? _fewSlow;
    private readonly QuantileSplit _split;

    public QuantileEvidence(MetricPolicy policy, MetricMeasure.Quantile quantile, Noise noise)
    {
        _worse = CountTest.OfWorse(ShareEvidence.WorseOdds, factor: 1, noise);
        _better = CountTest.OfBetter(Fewer, factor: 1, noise);
        // That slow answers are few is only known where requests are independent.
        _fewSlow = noise.AllowsFast ? new AcceptableShare(1 - quantile.Probability, noise, _better.Decisive) : null;
        _split = new QuantileSplit(quantile, policy.ToleratedRatio, policy.InferiorRatio);
    }

    public override EProcess Worse => _worse.Decisive;

    public override EProcess Hint => _worse.Hint;

    public override EProcess GoodEnough => _fewSlow ?? _better.Decisive;

    public override void Observe(MetricSample sample)
    {
        if (sample is not MetricSample.Histograms histograms)
        {
            return;
        }

        var canary = histograms.Canary.AsSpan();
        var control = histograms.Control.AsSpan();
        if (_split.Find() is not { } cut)
        {
            _split.Learn(control);
            return;
        }

        var worse = cut.Worse(canary, control);
        var better = cut.Better(canary, worse);
        _worse.Observe(histograms.From, histograms.To, worse);
        _better.Observe(histograms.From, histograms.To, better);
        _fewSlow?.Observe(better.CanaryHits, better.CanaryTotal);
        _split.Learn(control, worse.ControlTotal);
    }
}
