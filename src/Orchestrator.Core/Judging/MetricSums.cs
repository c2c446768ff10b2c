using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Core.Judging;

/// <summary>What was seen of a metric so far, to be told to people.</summary>
internal sealed class MetricSums(MetricMeasure measure)
{
    private readonly long[] _canary = Buckets(measure);
    private readonly long[] _control = Buckets(measure);
    private double _canaryLevels;
    private double _controlLevels;

    /// <summary>Of shares; else none.</summary>
    public ArmCounts Counts { get; private set; }

    /// <summary>Of the canary: requests, or points of a level.</summary>
    public long Samples { get; private set; }

    public void Add(MetricSample sample)
    {
        switch (sample)
        {
            case MetricSample.Counted counted:
                Samples += counted.CanaryTotal;
                Counts += new ArmCounts(
                    counted.CanaryTotal,
                    counted.CanaryHits,
                    counted.ControlTotal,
                    counted.ControlHits
                );
                break;
            case MetricSample.Histograms histograms:
                Samples += Histogram.Sum(histograms.Canary.AsSpan());
                Histogram.Add(_canary, histograms.Canary.AsSpan());
                Histogram.Add(_control, histograms.Control.AsSpan());
                break;
            case MetricSample.Levels levels:
                Samples++;
                _canaryLevels += levels.Canary;
                _controlLevels += levels.Control;
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>One number of each arm: a share, a mean of levels, or a quantile by linear interpolation within its bucket.</summary>
    public MetricPoint Point =>
        measure switch
        {
            MetricMeasure.Share => new MetricPoint(
                Share(Counts.CanaryHits, Counts.CanaryTotal),
                Share(Counts.ControlHits, Counts.ControlTotal)
            ),
            MetricMeasure.Quantile quantile => new MetricPoint(
                Interpolated(quantile, _canary),
                Interpolated(quantile, _control)
            ),
            _ when Samples == 0 => MetricPoint.None,
            _ => new MetricPoint(_canaryLevels / Samples, _controlLevels / Samples),
        };

    /// <summary>What the canary was, and what the control, each in words.</summary>
    public (string Canary, string Control) Arms =>
        measure switch
        {
            MetricMeasure.Share => (ShareText.Canary(Counts), ShareText.Control(Counts)),
            _ when Samples == 0 => ("unknown", "unknown"),
            MetricMeasure.Quantile quantile => (
                $"p{Probability(quantile)} {Quantile(quantile, _canary)}",
                $"p{Probability(quantile)} {Quantile(quantile, _control)}"
            ),
            _ => (
                string.Create(CultureInfo.InvariantCulture, $"{_canaryLevels / Samples:G4}"),
                string.Create(CultureInfo.InvariantCulture, $"{_controlLevels / Samples:G4}")
            ),
        };

    /// <summary>How much of it was seen, in words.</summary>
    public string On =>
        measure switch
        {
            MetricMeasure.Share => ShareText.On(Counts),
            _ when Samples == 0 => "nothing of the canary",
            MetricMeasure.Quantile => string.Create(
                CultureInfo.InvariantCulture,
                $"{Samples:N0} v {_control.Sum():N0} requests"
            ),
            _ => string.Create(CultureInfo.InvariantCulture, $"{Samples:N0} points each"),
        };

    public string Seen(string name) =>
        measure switch
        {
            MetricMeasure.Share => ShareText.Seen(name, Counts),
            _ when Samples == 0 => $"{name} without data of the canary",
            MetricMeasure.Quantile quantile => string.Create(
                CultureInfo.InvariantCulture,
                $"{name} p{Probability(quantile)} {Quantile(quantile, _canary)} v {Quantile(quantile, _control)} on {On}"
            ),
            _ => $"{name} {Arms.Canary} v {Arms.Control} on {On}",
        };

    private static long[] Buckets(MetricMeasure measure) =>
        measure is MetricMeasure.Quantile quantile ? new long[quantile.Bounds.Length + 1] : [];

    private static string Probability(MetricMeasure.Quantile quantile) =>
        string.Create(CultureInfo.InvariantCulture, $"{quantile.Probability * 100:0.##}");

    private static double Share(long hits, long total) => total > 0 ? (double)hits / total : double.NaN;

    /// <summary>The last bound of what lies beyond it; NaN of an empty histogram.</summary>
    private static double Interpolated(MetricMeasure.Quantile quantile, long[] histogram)
    {
        var total = histogram.Sum();
        if (total == 0)
        {
            return double.NaN;
        }

        var (needed, seen, lower) = (quantile.Probability * total, 0L, 0.0);
        for (var index = 0; index < quantile.Bounds.Length; index++)
        {
            var upper = quantile.Bounds[index];
            if (histogram[index] > 0 && seen + histogram[index] >= needed)
            {
                return lower + ((upper - lower) * ((needed - seen) / histogram[index]));
            }

            (seen, lower) = (seen + histogram[index], upper);
        }

        return quantile.Bounds[^1];
    }

    private static string Quantile(MetricMeasure.Quantile quantile, long[] histogram)
    {
        var needed = quantile.Probability * histogram.Sum();
        var seen = 0L;
        for (var index = 0; index < quantile.Bounds.Length; index++)
        {
            seen += histogram[index];
            if (seen > 0 && seen >= needed)
            {
                return string.Create(CultureInfo.InvariantCulture, $"≤ {quantile.Bounds[index]:G4}");
            }
        }

        return seen == 0 && histogram[^1] == 0
            ? "unknown"
            : string.Create(CultureInfo.InvariantCulture, $"> {quantile.Bounds[^1]:G4}");
    }
}
