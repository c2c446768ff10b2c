using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core.Judging;

/// <summary>
/// The group sequential rule: as many looks as were planned, equally far apart until the maximum soak is over, and none between. At
/// each a metric's canary is tested against r0 times its control, by which it fails, and against r1 times, by which it passes. It
/// needs samples that do not depend on each other, and about the same traffic all the time.
/// </summary>
public static class GroupSequentialRule
{
    /// <param name="inputs">Those of judging by evidence; the policy's α is shared by all metrics, in parts of their weight.</param>
    /// <param name="looks">1 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another number of looks.</exception>
    public static RuleVerdict Judge(JudgeInputs inputs, int looks)
    {
        var bounds = inputs.Policy.Metrics.Select(metric => new Bounds(
            GroupSequential.Bounds(AlphaOf(inputs.Policy, metric), looks),
            GroupSequential.Bounds(metric.Beta, looks)
        ));
        var metrics = inputs
            .Policy.Metrics.Zip(bounds, (metric, its) => (metric, its))
            .Select((each, place) => (each.metric, each.its, Samples: inputs.SamplesOf(place)))
            .ToList();
        for (var look = 1; look <= looks; look++)
        {
            var at = inputs.Began + (inputs.Policy.MaxSoak * look / looks);
            if (at > inputs.Now)
            {
                return Told(JudgementOutcome.Continue, look - 1, looks, "no bound was reached");
            }

            var tests = metrics.ConvertAll(each => Test.Of(each.metric, each.Samples, at));
            for (var place = 0; place < tests.Count; place++)
            {
                var bound = metrics[place].its.Worse[look - 1];
                if (tests[place].Worse >= bound)
                {
                    return Told(
                        JudgementOutcome.Fail,
                        look,
                        looks,
                        Shown(metrics[place].metric, tests[place].Worse, bound)
                    );
                }
            }

            var isGoodEnough = tests
                .Index()
                .All(each => each.Item.GoodEnough >= metrics[each.Index].its.GoodEnough[look - 1]);
            if (isGoodEnough && at - inputs.Began >= inputs.Policy.MinSoak)
            {
                return Told(JudgementOutcome.Pass, look, looks, "every metric is good enough");
            }
        }

        return Told(JudgementOutcome.Inconclusive, looks, looks, "a person must decide: no bound was reached");
    }

    private static double AlphaOf(CanaryPolicy policy, MetricPolicy metric) =>
        metric.Alpha switch
        {
            AlphaUse.Own(var alpha) => alpha,
            AlphaUse.Pooled(var weight) => policy.PooledAlpha
                * weight
                / policy.Metrics.Sum(each => each.Alpha is AlphaUse.Pooled pooled ? pooled.Weight : 0),
            _ => policy.Alpha,
        };

    private static string Shown(MetricPolicy metric, double errors, double bound) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{metric.Name} is {Math.Floor(errors * 100) / 100} standard errors worse, and {bound:0.####} are enough"
        );

    private static RuleVerdict Told(JudgementOutcome outcome, int look, int looks, string reason) =>
        new(
            outcome,
            string.Create(
                CultureInfo.InvariantCulture,
                $"look {look} of {looks}: {reason} (this rule is valid at its planned looks only)"
            )
        );

    private sealed record Bounds(ImmutableArray<double> Worse, ImmutableArray<double> GoodEnough);

    /// <summary>Standard errors by which a canary is worse than tolerated, and by which it is better than inferior.</summary>
    private readonly record struct Test(double Worse, double GoodEnough)
    {
        public static Test Of(MetricPolicy metric, ImmutableArray<MetricSample> samples, DateTimeOffset until)
        {
            var seen = samples.Where(sample => sample.To <= until).ToList();
            return metric.Measure switch
            {
                MetricMeasure.Share => OfShares(metric, seen),
                MetricMeasure.Quantile quantile => OfQuantiles(metric, quantile, seen),
                _ => OfLevels(metric, seen),
            };
        }

        private static Test OfShares(MetricPolicy metric, List<MetricSample> seen)
        {
            var sum = default(ArmCounts);
            foreach (var counted in seen.OfType<MetricSample.Counted>())
            {
                sum += new ArmCounts(
                    counted.CanaryTotal,
                    counted.CanaryHits,
                    counted.ControlTotal,
                    counted.ControlHits
                );
            }

            var arms =
                metric.Direction == MetricDirection.HigherIsWorse
                    ? sum
                    : sum with
                    {
                        CanaryTotal = sum.ControlTotal,
                        CanaryHits = sum.ControlHits,
                        ControlTotal = sum.CanaryTotal,
                        ControlHits = sum.CanaryHits,
                    };
            return new Test(Excess(arms, metric.ToleratedRatio), -Excess(arms, metric.InferiorRatio));
        }

        /// <summary>Answers above the control's quantile are hits, as in <see cref="QuantileEvidence"/>.</summary>
        private static Test OfQuantiles(MetricPolicy metric, MetricMeasure.Quantile quantile, List<MetricSample> seen)
        {
            var split = new QuantileSplit(quantile, metric.ToleratedRatio, metric.InferiorRatio);
            var (canary, control) = (new long[quantile.Bounds.Length + 1], new long[quantile.Bounds.Length + 1]);
            foreach (var histograms in seen.OfType<MetricSample.Histograms>())
            {
                split.Learn(histograms.Control.AsSpan());
                Histogram.Add(canary, histograms.Canary.AsSpan());
                Histogram.Add(control, histograms.Control.AsSpan());
            }

            if (split.Find() is not { } cut)
            {
                return default;
            }

            var worse = cut.Worse(canary, control);
            var better = cut.Better(canary, worse);
            return new Test(Excess(worse, ratio: 1), -Excess(better, ratio: 1));
        }

        private static Test OfLevels(MetricPolicy metric, List<MetricSample> seen)
        {
            var sign = metric.Direction == MetricDirection.HigherIsWorse ? 1 : -1;
            var ratios = seen.OfType<MetricSample.Levels>()
                .Select(levels => sign * (Natural.Log(levels.Canary) - Natural.Log(levels.Control)))
                .ToList();
            return new Test(Excess(ratios, metric.ToleratedRatio), -Excess(ratios, metric.InferiorRatio));
        }

        /// <summary>Of the canary's share over so many times the control's, with the variance that shares have under that null.</summary>
        private static double Excess(ArmCounts arms, double ratio)
        {
            if (!arms.HasBothArms || arms.Hits == 0)
            {
                return 0;
            }

            var control = arms.Hits / ((arms.CanaryTotal * ratio) + arms.ControlTotal);
            var canary = Math.Min(1, control * ratio);
            var variance =
                (canary * (1 - canary) / arms.CanaryTotal)
                + (ratio * ratio * control * (1 - control) / arms.ControlTotal);
            var difference =
                ((double)arms.CanaryHits / arms.CanaryTotal) - (ratio * arms.ControlHits / arms.ControlTotal);
            return variance > 0 ? difference / Math.Sqrt(variance) : 0;
        }

        /// <summary>Of the mean of logarithms over that of a ratio.</summary>
        private static double Excess(List<double> ratios, double ratio)
        {
            if (ratios.Count < 2)
            {
                return 0;
            }

            var mean = ratios.Average();
            var variance = ratios.Sum(each => (each - mean) * (each - mean)) / (ratios.Count - 1) / ratios.Count;
            return variance > 0 ? (mean - Natural.Log(ratio)) / Math.Sqrt(variance) : 0;
        }
    }
}
