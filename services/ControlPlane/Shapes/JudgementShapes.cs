using Orchestrator.Contracts.Http;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Judgements with all that they rest on, so that anybody can judge again.</summary>
internal static class JudgementShapes
{
    public static JudgementView Of(KeptJudgement kept) =>
        new()
        {
            Number = kept.Number,
            Verdict = VerdictShapes.Of(Verdict.Of(kept.Judgement)),
            Inputs = Of(kept.Judgement.Inputs),
        };

    public static JudgeInputsView Of(JudgeInputs inputs) =>
        new()
        {
            Alpha = inputs.Policy.Alpha,
            MinSoak = inputs.Policy.MinSoak,
            MaxSoak = inputs.Policy.MaxSoak,
            MaxAge = inputs.Policy.MaxAge,
            Began = inputs.Began,
            Now = inputs.Now,
            Metrics = [.. inputs.Policy.Metrics.Zip(inputs.Noises, Of)],
            Samples = [.. inputs.Observations.Select(Of)],
            Ranks = inputs.Policy.Ranks is { } ranks ? Of(ranks) : null,
        };

    private static JudgedRanksView Of(RankSumPolicy ranks) =>
        new()
        {
            StandardErrors = ranks.StandardErrors,
            Tolerance = ranks.Tolerance,
            Marginal = ranks.Marginal,
            Pass = ranks.Pass,
            MinPoints = ranks.MinPoints,
        };

    private static JudgedThresholdsView Of(ThresholdPolicy limits) =>
        new()
        {
            GoodLimit = limits.GoodLimit,
            BadLimit = limits.BadLimit,
            FailureLimit = limits.FailureLimit,
            InconclusiveLimit = limits.InconclusiveLimit,
            ConsecutiveErrorLimit = limits.ConsecutiveErrorLimit,
            Checks = limits.Checks,
        };

    private static JudgedMetricView Of(MetricPolicy metric, Noise noise) =>
        new()
        {
            Name = metric.Name,
            Kind = metric.Measure switch
            {
                MetricMeasure.Share => "share",
                MetricMeasure.Quantile => "quantile",
                _ => "level",
            },
            Acceptable = (metric.Measure as MetricMeasure.Share)?.Acceptable,
            Quantile = (metric.Measure as MetricMeasure.Quantile)?.Probability,
            Bounds = metric.Measure is MetricMeasure.Quantile quantile ? [.. quantile.Bounds] : [],
            IsLowerWorse = metric.Direction == MetricDirection.LowerIsWorse,
            ToleratedRatio = metric.ToleratedRatio,
            InferiorRatio = metric.InferiorRatio,
            OwnAlpha = (metric.Alpha as AlphaUse.Own)?.Alpha,
            Weight = (metric.Alpha as AlphaUse.Pooled)?.Weight,
            Beta = metric.Beta,
            MinSamples = metric.MinSamples,
            MaxSamples = metric.MaxSamples,
            IsNoiseMeasured = noise.IsMeasured,
            NoiseDispersion = noise.Dispersion,
            NoiseWidth = noise.Width,
            NoiseTemper = noise.Temper,
            Thresholds = metric.JudgedBy is JudgedBy.Thresholds thresholds ? Of(thresholds.Policy) : null,
            IsCriticalByRanks = (metric.JudgedBy as JudgedBy.Ranks)?.IsCritical,
            Every = metric.JudgedBy switch
            {
                JudgedBy.Thresholds(_, var every) => every,
                JudgedBy.Ranks(_, var every) => every,
                _ => null,
            },
        };

    private static JudgedSampleView Of(MetricObservation observation)
    {
        var view = new JudgedSampleView
        {
            Metric = observation.Metric,
            From = observation.Sample.From,
            To = observation.Sample.To,
        };
        return observation.Sample switch
        {
            MetricSample.Counted counted => view with
            {
                Canary = [counted.CanaryTotal, counted.CanaryHits],
                Control = [counted.ControlTotal, counted.ControlHits],
            },
            MetricSample.Histograms histograms => view with
            {
                Canary = [.. histograms.Canary],
                Control = [.. histograms.Control],
            },
            MetricSample.Levels levels => view with { CanaryLevel = levels.Canary, ControlLevel = levels.Control },
            MetricSample.Missing missing => view with { Missing = missing.Why },
            _ => throw new ArgumentOutOfRangeException(nameof(observation)),
        };
    }
}
