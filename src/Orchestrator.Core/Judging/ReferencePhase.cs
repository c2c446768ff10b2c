using System.Runtime.InteropServices;

namespace Orchestrator.Core.Judging;

/// <summary>Measures noise in an A/A phase, when both arms ran the same version.</summary>
public static class ReferencePhase
{
    /// <param name="samples">Oldest first; what does not count as evidence does not count here either.</param>
    public static Noise Measure(MetricPolicy policy, IReadOnlyList<MetricSample> samples)
    {
        var usable = new List<MetricSample>(samples.Count);
        var after = DateTimeOffset.MinValue;
        foreach (var sample in samples)
        {
            if (SampleCheck.Refuse(policy, sample, after) is null)
            {
                usable.Add(sample);
                after = sample.To;
            }
        }

        if (usable.Count == 0)
        {
            return Noise.Unknown;
        }

        var differences = Differences(policy.Measure, usable);
        return NoiseMeter.Measure(CollectionsMarshal.AsSpan(differences), usable[0].To - usable[0].From);
    }

    private static List<Difference> Differences(MetricMeasure measure, List<MetricSample> samples)
    {
        var cut = measure is MetricMeasure.Quantile quantile ? CutOfAll(quantile, samples) : null;
        return samples.ConvertAll(sample =>
            sample switch
            {
                MetricSample.Counted counted => Difference.Of(
                    new ArmCounts(counted.CanaryTotal, counted.CanaryHits, counted.ControlTotal, counted.ControlHits)
                ),
                MetricSample.Histograms histograms when cut is { } bounds => Difference.Of(
                    bounds.Worse(histograms.Canary.AsSpan(), histograms.Control.AsSpan())
                ),
                MetricSample.Levels levels => new Difference(
                    Natural.Log(levels.Canary) - Natural.Log(levels.Control),
                    Variance: 1
                ),
                _ => default,
            }
        );
    }

    private static QuantileSplit.Cut? CutOfAll(MetricMeasure.Quantile quantile, List<MetricSample> samples)
    {
        var split = new QuantileSplit(quantile, toleratedRatio: 1, inferiorRatio: 1);
        foreach (var sample in samples)
        {
            split.Learn(((MetricSample.Histograms)sample).Control.AsSpan());
        }

        return split.Find();
    }
}
