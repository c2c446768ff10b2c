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
                for (var index = 0; index < _canary.Length; index++)
                {
                    Samples += histograms.Canary[index];
                    _canary[index] += histograms.Canary[index];
                    _control[index] += histograms.Control[index];
                }

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

    public string Seen(string name) =>
        measure switch
        {
            _ when Samples == 0 => $"{name} without data of the canary",
            MetricMeasure.Share => Invariant(
                $"{name} {Percent(Counts.CanaryHits, Counts.CanaryTotal)} v {Percent(Counts.ControlHits, Counts.ControlTotal)} on {Counts.CanaryTotal:N0} v {Counts.ControlTotal:N0} requests"
            ),
            MetricMeasure.Quantile quantile => Invariant(
                $"{name} p{quantile.Probability * 100:0.##} {Quantile(quantile, _canary)} v {Quantile(quantile, _control)} on {Samples:N0} v {_control.Sum():N0} requests"
            ),
            _ => Invariant(
                $"{name} {_canaryLevels / Samples:G4} v {_controlLevels / Samples:G4} on {Samples:N0} points each"
            ),
        };

    private static long[] Buckets(MetricMeasure measure) =>
        measure is MetricMeasure.Quantile quantile ? new long[quantile.Bounds.Length + 1] : [];

    private static string Quantile(MetricMeasure.Quantile quantile, long[] histogram)
    {
        var needed = quantile.Probability * histogram.Sum();
        var seen = 0L;
        for (var index = 0; index < quantile.Bounds.Length; index++)
        {
            seen += histogram[index];
            if (seen > 0 && seen >= needed)
            {
                return Invariant($"≤ {quantile.Bounds[index]:G4}");
            }
        }

        return seen == 0 && histogram[^1] == 0 ? "unknown" : Invariant($"> {quantile.Bounds[^1]:G4}");
    }

    private static string Percent(long part, long whole) => VerdictText.Percent(part, whole);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
