using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core.Judging;

/// <summary>One metric's points at canary and control, one for each interval.</summary>
/// <param name="IsCritical">Whether it alone fails the canary.</param>
public sealed record RankedMetric(
    string Name,
    MetricDirection Direction,
    bool IsCritical,
    ImmutableArray<double> Canary,
    ImmutableArray<double> Control
);

public sealed record RankSumPolicy
{
    /// <summary>Standard errors on each side of the interval; Kayenta's 98 % are 2.326348.</summary>
    public required double StandardErrors { get; init; }

    /// <summary>How much of the estimated difference the interval must be away from 0; Kayenta has 0.25.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Below this score, of 100, a canary fails; Kayenta's examples have 75.</summary>
    public required double Marginal { get; init; }

    /// <summary>From this score on it passes; Kayenta's examples have 95.</summary>
    public required double Pass { get; init; }

    /// <summary>Points of each arm that a metric needs.</summary>
    public required int MinPoints { get; init; }
}

/// <summary>
/// The rule of Kayenta's NetflixACAJudge: each metric is high, low or neither by Mann–Whitney, and the share that is not worse is
/// the score. Not valid under peeking, nor for points that depend on those before them. Metrics without data pass nobody.
/// </summary>
public static class RankSumRule
{
    private const double Full = 100;

    public static RuleVerdict Judge(RankSumPolicy policy, ImmutableArray<RankedMetric> metrics)
    {
        var silent = metrics.Where(metric => !HasData(policy, metric)).ToList();
        var judged = metrics.Where(metric => HasData(policy, metric)).ToList();
        var worse = judged.Where(metric => IsWorse(policy, metric)).ToList();
        var score = judged.Count == 0 ? 0 : Full * (judged.Count - worse.Count) / judged.Count;
        if (worse.Find(metric => metric.IsCritical) is { } critical)
        {
            return Verdict(JudgementOutcome.Fail, $"{critical.Name} is critical and worse");
        }

        if (judged.Count > 0 && score < policy.Marginal)
        {
            return Verdict(
                JudgementOutcome.Fail,
                $"score {score:0.#} is below {policy.Marginal:0.#}: {string.Join(", ", worse.Select(metric => metric.Name))} worse"
            );
        }

        if (silent.Count > 0 || judged.Count == 0)
        {
            var names = silent.Count > 0 ? string.Join(", ", silent.Select(metric => metric.Name)) : "every metric";
            return Verdict(JudgementOutcome.Inconclusive, $"too few points of {names}");
        }

        return score >= policy.Pass
            ? Verdict(JudgementOutcome.Pass, $"score {score:0.#} of {policy.Pass:0.#} needed")
            : Verdict(JudgementOutcome.Continue, $"score {score:0.#} is marginal, {policy.Pass:0.#} needed");
    }

    private static bool HasData(RankSumPolicy policy, RankedMetric metric) =>
        Finite(metric.Canary).Length >= Math.Max(1, policy.MinPoints)
        && Finite(metric.Control).Length >= Math.Max(1, policy.MinPoints);

    private static bool IsWorse(RankSumPolicy policy, RankedMetric metric)
    {
        var test = RankSum.Of(Finite(metric.Canary), Finite(metric.Control), policy.StandardErrors);
        var tolerated = policy.Tolerance * Math.Abs(test.Estimate);
        return metric.Direction == MetricDirection.HigherIsWorse ? test.Lower > tolerated : test.Upper < -tolerated;
    }

    private static double[] Finite(ImmutableArray<double> values) => [.. values.Where(double.IsFinite)];

    private static RuleVerdict Verdict(JudgementOutcome outcome, FormattableString reason) =>
        new(outcome, $"{reason.ToString(CultureInfo.InvariantCulture)} ({RuleVerdict.Warning})");
}
