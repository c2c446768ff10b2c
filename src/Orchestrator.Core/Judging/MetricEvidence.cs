namespace Orchestrator.Core.Judging;

/// <summary>What a metric's samples say, of whichever kind they are. Samples come checked, and with higher being worse.</summary>
internal abstract class MetricEvidence
{
    /// <summary>That the canary is worse than tolerated; enough of it fails the canary.</summary>
    public abstract EProcess Worse { get; }

    /// <summary>The same by quicker means that may be wrong here; enough of it holds the canary.</summary>
    public abstract EProcess Hint { get; }

    /// <summary>That the canary is good enough; enough of it is needed to pass.</summary>
    public abstract EProcess GoodEnough { get; }

    public abstract void Observe(MetricSample sample);

    public static MetricEvidence Of(MetricPolicy policy, Noise noise) =>
        policy.Measure switch
        {
            MetricMeasure.Share share => new ShareEvidence(policy, share, noise),
            MetricMeasure.Quantile quantile => new QuantileEvidence(policy, quantile, noise),
            _ => new LevelEvidence(policy, noise),
        };
}
