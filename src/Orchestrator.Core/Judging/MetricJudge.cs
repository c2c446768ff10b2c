namespace Orchestrator.Core.Judging;

/// <summary>One metric of a canary, sample by sample.</summary>
internal sealed class MetricJudge
{
    private readonly MetricEvidence? _evidence;
    private readonly PointRule? _rule;
    private readonly double _logGoodEnough;

    /// <param name="ranks">Of the metrics that are judged by ranks; null when there is none.</param>
    public MetricJudge(MetricPolicy policy, Noise noise, RankSumPolicy? ranks)
    {
        Policy = policy;
        Noise = noise;
        Sums = new MetricSums(policy.Measure);
        _rule = PointRule.Of(policy, ranks);
        _evidence = _rule is null ? MetricEvidence.Of(policy, noise) : null;
        _logGoodEnough = -Natural.Log(policy.Beta);
    }

    public MetricPolicy Policy { get; }

    public Noise Noise { get; }

    public MetricSums Sums { get; }

    public EProcess Worse => _evidence?.Worse ?? NoEvidence.Instance;

    public EProcess Hint => _evidence?.Hint ?? NoEvidence.Instance;

    public EProcess GoodEnough => _evidence?.GoodEnough ?? NoEvidence.Instance;

    public bool IsByEvidence => _evidence is not null;

    /// <summary>What a rule of its own says; null where it has none.</summary>
    public RuleVerdict? Ruled => _rule?.Verdict();

    /// <summary>Null where it is not judged by ranks.</summary>
    public RankedPoints? Ranked => _rule as RankedPoints;

    /// <summary>What is judged by ranks is so together with others, not by itself.</summary>
    public bool IsGoodEnough =>
        _rule is null ? GoodEnough.Reaches(_logGoodEnough) : Ruled is null or { Outcome: JudgementOutcome.Pass };

    public bool HasSamples => Sums.Samples >= Policy.MinSamples && Sums.Samples > 0;

    public bool IsBounded => Policy.MaxSamples < long.MaxValue;

    public bool IsUsedUp => Sums.Samples >= Policy.MaxSamples;

    /// <summary>End of the newest sample that counted.</summary>
    public DateTimeOffset Until { get; private set; } = DateTimeOffset.MinValue;

    public long Refused { get; private set; }

    public string LastRefusal { get; private set; } = "";

    public void Observe(MetricSample sample)
    {
        if (SampleCheck.Refuse(Policy, sample, Until) is { } refusal)
        {
            Refused++;
            LastRefusal = refusal;
            _rule?.Miss(sample);
            return;
        }

        Until = sample.To;
        Sums.Add(sample);
        _rule?.Observe(sample);
        _evidence?.Observe(Policy.Direction == MetricDirection.HigherIsWorse ? sample : Swapped(sample));
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
