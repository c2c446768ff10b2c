namespace Orchestrator.Core.Judging;

/// <summary>Levels by the logarithm of their ratio: robustly over buckets (e-process B), and as a hint by mSPRT (C).</summary>
internal sealed class LevelEvidence : MetricEvidence
{
    /// <summary>Evidence is strongest when it has this many buckets.</summary>
    private const int TunedBuckets = 30;

    /// <summary>Variance of ln(canary/control) where none was measured: 5 % up or down.</summary>
    private const double UsualVariance = 0.0025;

    /// <summary>Not what α is, but how evidence is tuned.</summary>
    private const double TunedRisk = 0.002;

    /// <summary>A fifth more is what is looked for.</summary>
    private static readonly double LookedFor = Natural.Log(1.2);

    private readonly double _logTolerated;
    private readonly double _logInferior;
    private readonly TimeSpan _width;
    private readonly bool _allows;
    private readonly DifferenceEvidence _worse;
    private readonly DifferenceEvidence _goodEnough;
    private readonly MeanEvidence? _hint;
    private double _sum;
    private int _count;
    private TimeSpan _covered;

    public LevelEvidence(MetricPolicy policy, Noise noise)
    {
        _logTolerated = Natural.Log(policy.ToleratedRatio);
        _logInferior = Natural.Log(policy.InferiorRatio);
        _width = noise.Width;
        _allows = noise.AllowsRobust;
        var variance = noise.IsMeasured ? noise.Dispersion : UsualVariance;
        var margin = _logInferior * _logInferior;
        _worse = new DifferenceEvidence(NormalMixture.Tuned(TunedBuckets * variance, TunedRisk), noise.Temper);
        _goodEnough = new DifferenceEvidence(
            NormalMixture.Tuned(TunedBuckets * (variance + margin), TunedRisk),
            noise.Temper
        );
        _hint = noise.IsMeasured ? new MeanEvidence(variance, LookedFor) : null;
    }

    public override EProcess Worse => _allows ? _worse : NoEvidence.Instance;

    public override EProcess Hint => (EProcess?)_hint ?? NoEvidence.Instance;

    public override EProcess GoodEnough => _allows ? _goodEnough : NoEvidence.Instance;

    public override void Observe(MetricSample sample)
    {
        if (sample is not MetricSample.Levels levels)
        {
            return;
        }

        var ratio = Natural.Log(levels.Canary) - Natural.Log(levels.Control);
        _hint?.Observe(ratio - _logTolerated);
        _sum += ratio;
        _count++;
        _covered += levels.To - levels.From;
        if (_covered >= _width)
        {
            var mean = _sum / _count;
            _worse.Observe(mean - _logTolerated);
            _goodEnough.Observe(_logInferior - mean);
            (_sum, _count, _covered) = (0, 0, TimeSpan.Zero);
        }
    }
}
