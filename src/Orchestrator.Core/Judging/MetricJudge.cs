namespace Orchestrator.Core.Judging;

/// <summary>One metric of a canary, sample by sample.</summary>
internal sealed class MetricJudge
{
    private readonly MetricEvidence _evidence;
    private readonly double _logGoodEnough;

    public MetricJudge(MetricPolicy policy, Noise noise)
    {
        Policy = policy;
        Noise = noise;
        Sums = new MetricSums(policy.Measure);
        _evidence = MetricEvidence.Of(policy, noise);
        _logGoodEnough = -Natural.Log(policy.Beta);
    }

    public MetricPolicy Policy { get; }

    public Noise Noise { get; }

    public MetricSums Sums { get; }

    public EProcess Worse => _evidence.Worse;

    public EProcess Hint => _evidence.Hint;

    public EProcess GoodEnough => _evidence.GoodEnough;

    public bool IsGoodEnough => GoodEnough.Reaches(_logGoodEnough);

    public bool HasSamples => Sums.Samples >= Policy.MinSamples && Sums.Samples > 0;

    public bool IsUsedUp => Sums.Samples >= Policy.MaxSamples;

    /// <summary>End of the newest sample that counted.</summary>
    public DateTimeOffset Until { get; private set; } = DateTimeOffset.MinValue;

    public long Refused { get; private set; }

    public string LastRefusal { get; private set; } = "";

    public void Observe(MetricSample sample)
    {
        if (SampleCheck.Refuse(Policy.Measure, sample, Until) is { } refusal)
        {
            Refused++;
            LastRefusal = refusal;
            return;
        }

        Until = sample.To;
        Sums.Add(sample);
        _evidence.Observe(Policy.Direction == MetricDirection.HigherIsWorse ? sample : Swapped(sample));
    }

    /// <summary>What is worse when lower is judged with its arms exchanged.</summary>
    private static MetricSample Swapped(MetricSample sample) =>
        sample switch
        {
            MetricSample.Counted counted => counted with
            {
                CanaryTotal = counted.ControlTotal,
                CanaryHits = counted.ControlHits,
                ControlTotal = counted.CanaryTotal,
                ControlHits = counted.CanaryHits,
            },
            MetricSample.Histograms histograms => histograms with
            {
                Canary = histograms.Control,
                Control = histograms.Canary,
            },
            MetricSample.Levels levels => levels with { Canary = levels.Control, Control = levels.Canary },
            _ => sample,
        };
}
