using Orchestrator.Contracts.Http;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>Inputs of a judgement, as the API tells them.</summary>
internal static class KeptInputs
{
    /// <exception cref="CommandFailedException">A newer control plane tells what this program does not know.</exception>
    public static JudgeInputs Read(JudgeInputsView view) =>
        new()
        {
            Policy = new CanaryPolicy
            {
                Alpha = view.Alpha,
                Metrics = [.. view.Metrics.Select(PolicyOf)],
                MinSoak = view.MinSoak,
                MaxSoak = view.MaxSoak,
                MaxAge = view.MaxAge,
                Ranks = view.Ranks is { } ranks ? KeptRules.Of(ranks) : null,
            },
            Noises =
            [
                .. view.Metrics.Select(metric => new Noise(
                    metric.IsNoiseMeasured,
                    metric.NoiseDispersion,
                    metric.NoiseWidth,
                    metric.NoiseTemper
                )),
            ],
            Observations =
            [
                .. view.Samples.Select(sample => new MetricObservation(sample.Metric, SampleOf(sample, view.Metrics))),
            ],
            Began = view.Began,
            Now = view.Now,
        };

    private static MetricPolicy PolicyOf(JudgedMetricView metric) =>
        new()
        {
            Name = metric.Name,
            Measure = metric.Kind switch
            {
                "share" => new MetricMeasure.Share(metric.Acceptable),
                "quantile" => new MetricMeasure.Quantile(metric.Quantile ?? double.NaN, [.. metric.Bounds]),
                "level" => new MetricMeasure.Level(),
                _ => throw Unknown(metric.Kind),
            },
            Direction = metric.IsLowerWorse ? MetricDirection.LowerIsWorse : MetricDirection.HigherIsWorse,
            ToleratedRatio = metric.ToleratedRatio,
            InferiorRatio = metric.InferiorRatio,
            Alpha = KeptRules.AlphaOf(metric),
            JudgedBy = KeptRules.Of(metric),
            Beta = metric.Beta,
            MinSamples = metric.MinSamples,
            MaxSamples = metric.MaxSamples,
        };

    private static MetricSample SampleOf(JudgedSampleView sample, IReadOnlyList<JudgedMetricView> metrics) =>
        (metrics.ElementAtOrDefault(sample.Metric)?.Kind, sample) switch
        {
            (_, { Missing.Length: > 0 }) => new MetricSample.Missing(sample.From, sample.To, sample.Missing),
            ("share", { Canary: [var canary, var canaryHits], Control: [var control, var controlHits] }) =>
                new MetricSample.Counted(sample.From, sample.To, canary, canaryHits, control, controlHits),
            ("quantile", _) => new MetricSample.Histograms(
                sample.From,
                sample.To,
                [.. sample.Canary],
                [.. sample.Control]
            ),
            ("level", { CanaryLevel: { } canary, ControlLevel: { } control }) => new MetricSample.Levels(
                sample.From,
                sample.To,
                canary,
                control
            ),
            var (kind, _) => throw Unknown($"a sample of {kind ?? "no metric"}"),
        };

    private static CommandFailedException Unknown(string what) =>
        new(
            ExitCode.Failed,
            $"The control plane tells what this orc does not know: {what}.",
            "Use an orc as new as it."
        );
}
