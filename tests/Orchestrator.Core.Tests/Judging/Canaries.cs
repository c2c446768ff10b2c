using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

internal static class Canaries
{
    private const int SlotSeconds = 10;

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>As if the A/A phase had shown that every request is by itself.</summary>
    public static readonly Noise Independent = new(
        IsMeasured: true,
        Dispersion: 1,
        Width: TimeSpan.FromSeconds(SlotSeconds),
        Temper: 1
    );

    public static readonly Noise Bursty = Independent with { Dispersion = 6, Temper = 1.25 };

    /// <summary>A level that varies by 3 %.</summary>
    public static readonly Noise Calm = Independent with { Dispersion = 0.0009 };

    /// <summary>Critical, 1/β = 20.</summary>
    public static readonly MetricPolicy Errors = new()
    {
        Name = "errors",
        Measure = new MetricMeasure.Share(Acceptable: null),
        Direction = MetricDirection.HigherIsWorse,
        ToleratedRatio = 1,
        InferiorRatio = 2,
        Alpha = new AlphaUse.Own(0.001),
        Beta = 0.05,
        MinSamples = 1,
        MaxSamples = long.MaxValue,
    };

    /// <summary>The p90 of the latency, in buckets of up to 100, 200 and more milliseconds.</summary>
    public static readonly MetricPolicy Latency = Errors with
    {
        Name = "latency",
        Measure = new MetricMeasure.Quantile(0.9, [0.1, 0.2, 0.4]),
    };

    public static readonly MetricPolicy Cpu = Errors with
    {
        Name = "cpu",
        Measure = new MetricMeasure.Level(),
        Alpha = new AlphaUse.Pooled(Weight: 1),
        InferiorRatio = 1.1,
    };

    /// <summary>1/α = 1,000, and a soak of five minutes to an hour.</summary>
    public static CanaryPolicy APolicy(params ImmutableArray<MetricPolicy> metrics) =>
        new()
        {
            Alpha = 0.001,
            Metrics = metrics,
            MinSoak = TimeSpan.FromMinutes(5),
            MaxSoak = TimeSpan.FromHours(1),
            MaxAge = TimeSpan.FromMinutes(1),
        };

    public static DateTimeOffset At(int slot) => Noon.AddSeconds((double)slot * SlotSeconds);

    public static MetricSample Counts(int slot, long canary, long canaryErrors, long control, long controlErrors) =>
        new MetricSample.Counted(At(slot), At(slot + 1), canary, canaryErrors, control, controlErrors);

    public static MetricSample Levels(int slot, double canary, double control) =>
        new MetricSample.Levels(At(slot), At(slot + 1), canary, control);

    /// <param name="canary">Answers by bucket; nothing is beyond the last bound.</param>
    public static MetricSample Answers(int slot, long[] canary, long[] control) =>
        new MetricSample.Histograms(At(slot), At(slot + 1), [.. canary, 0], [.. control, 0]);

    public static IEnumerable<MetricSample> Slots(int count, Func<int, MetricSample> sample) =>
        Enumerable.Range(0, count).Select(sample);

    /// <summary>Up and down by 3 %.</summary>
    public static double Wobble(int slot) => slot % 2 == 0 ? 0.03 : -0.03;

    public static Judgement Judge(CanaryPolicy policy, Noise noise, params MetricSample[] samples) =>
        CanaryJudge.Judge(Inputs(policy, [noise], samples));

    public static Judgement Judge(CanaryPolicy policy, Noise[] noises, params MetricSample[][] samples) =>
        CanaryJudge.Judge(Inputs(policy, noises, samples));

    /// <summary>Judged at the end of the last sample.</summary>
    public static JudgeInputs Inputs(CanaryPolicy policy, Noise[] noises, params MetricSample[][] samples)
    {
        var now = samples.SelectMany(series => series).Select(sample => sample.To).Append(Noon).Max();
        return new JudgeInputs
        {
            Policy = policy,
            Noises = [.. noises],
            Observations = MetricObservation.InOrder(samples),
            Began = Noon,
            Now = now,
        };
    }
}
