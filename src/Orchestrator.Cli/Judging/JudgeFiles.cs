using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>Makes the judge's inputs of two files. Lines before the canary began are its A/A phase.</summary>
internal static class JudgeFiles
{
    private static readonly TimeSpan UsualAge = TimeSpan.FromMinutes(1);

    /// <summary>Errors are critical, and have half of alpha unless the policy says otherwise.</summary>
    private const string Critical = "errors";

    public static JudgeInputs Inputs(
        ArmFile baseline,
        ArmFile canary,
        JudgePolicyFile policy,
        DateTimeOffset? began,
        bool isIndependent
    )
    {
        var columns = new ArmColumns(baseline, canary);
        var names = columns
            .Names()
            .Where(name => policy.Metrics.GetValueOrDefault(name) is not { Ignore: true })
            .ToList();
        CheckNames(baseline, policy, columns.Names(), names);
        var times = baseline.Rows.Keys.Union(canary.Rows.Keys).Order().ToList();
        var every = Interval(baseline, times);
        var start = began ?? times[0];
        if (!times.Exists(time => time >= start))
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"No line of '{canary.Path}' or '{baseline.Path}' is from {start:u} on.",
                "--began is when the canary began; lines before it are the A/A phase."
            );
        }

        var metrics = names.ConvertAll(name => MetricOf(name, columns, policy, names.Count));
        return new JudgeInputs
        {
            Policy = Policy(policy, [.. metrics], every),
            Noises =
            [
                .. metrics.Select(metric =>
                    isIndependent
                        ? Noise.Independent(every)
                        : ReferencePhase.Measure(metric, [.. Samples(metric, times.Where(time => time < start))])
                ),
            ],
            Observations = MetricObservation.InOrder(
                metrics.Select(metric => Samples(metric, times.Where(time => time >= start)))
            ),
            Began = start,
            Now = times[^1] + every,
        };

        IEnumerable<MetricSample> Samples(MetricPolicy metric, IEnumerable<DateTimeOffset> at) =>
            at.Select(time => columns.SampleOf(metric.Name, time, every));
    }

    private static void CheckNames(
        ArmFile baseline,
        JudgePolicyFile policy,
        IReadOnlyList<string> known,
        List<string> judged
    )
    {
        if (policy.Metrics.Keys.FirstOrDefault(name => !known.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"The policy has the metric '{unknown}', and {baseline.Path} has no column for it.",
                $"There are: {string.Join(", ", known)}."
            );
        }

        if (judged.Count == 0)
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"{baseline.Path}:1 has nothing to judge.",
                "Add columns: requests and errors, buckets such as le_0.25 and le_inf, or a column for each level."
            );
        }
    }

    private static TimeSpan Interval(ArmFile baseline, List<DateTimeOffset> times) =>
        times.Count > 1
            ? times.Zip(times.Skip(1), (one, next) => next - one).Min()
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"{baseline.Path} and its canary have one time only, so how long an interval is cannot be known.",
                "Write one line for each interval."
            );

    private static MetricPolicy MetricOf(string name, ArmColumns columns, JudgePolicyFile policy, int count)
    {
        var written = policy.Metrics.GetValueOrDefault(name);
        var metric = written ?? new JudgeMetricFile();
        var isCritical = written is null && name == Critical;
        var half = count > 1 ? policy.Alpha / 2 : policy.Alpha;
        var own = metric.Alpha ?? (isCritical ? half : null);
        return new MetricPolicy
        {
            Name = name,
            Measure = columns.MeasureOf(name, metric),
            Direction = metric.Direction,
            ToleratedRatio = metric.ToleratedRatio,
            InferiorRatio = metric.InferiorRatio ?? (name == Critical ? 2 : 1.5) * metric.ToleratedRatio,
            Alpha = own is { } alpha ? new AlphaUse.Own(alpha) : new AlphaUse.Pooled(metric.Weight),
            Beta = metric.Beta,
            MinSamples = metric.MinSamples,
            MaxSamples = metric.MaxSamples,
        };
    }

    private static CanaryPolicy Policy(JudgePolicyFile policy, ImmutableArray<MetricPolicy> metrics, TimeSpan every)
    {
        var age = policy.MaxAgeSeconds is { } seconds ? Seconds(seconds) : UsualAge;
        var made = new CanaryPolicy
        {
            Alpha = policy.Alpha,
            Metrics = metrics,
            MinSoak = Seconds(policy.MinSoakSeconds),
            MaxSoak = Seconds(policy.MaxSoakSeconds),
            MaxAge = policy.MaxAgeSeconds is null && every * 2 > age ? every * 2 : age,
        };
        return made.Mistakes() is { IsEmpty: false } mistakes
            ? throw new CommandFailedException(
                ExitCode.Usage,
                $"The policy cannot be judged by: {string.Join("; ", mistakes)}.",
                "docs/judging.md lists the fields and what they may be."
            )
            : made;
    }

    /// <summary>No canary is judged for longer than ten years, and NaN is refused later.</summary>
    private static TimeSpan Seconds(double seconds) =>
        double.IsNaN(seconds) ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Clamp(seconds, -1, 315_360_000));
}
