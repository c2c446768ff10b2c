using System.Collections.Immutable;

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
    /// <summary>No double is nearer to 1 than what that many leave out.</summary>
    private const double LargestStandardErrors = 9;

    /// <summary>To the last digit of a double.</summary>
    private const int Halvings = 60;

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

    /// <summary>Standard errors on each side of a two-sided interval: 2.326348 for 0.98.</summary>
    /// <param name="confidence">Above 0, below 1.</param>
    public static double StandardErrorsOf(double confidence)
    {
        var (least, most) = (0.0, LargestStandardErrors);
        var wanted = Natural.Log((1 + confidence) / 2);
        for (var halving = 0; halving < Halvings; halving++)
        {
            var middle = (least + most) / 2;
            (least, most) = Gaussian.LogBelow(middle) < wanted ? (middle, most) : (least, middle);
        }

        return most;
    }
}

/// <summary>
/// The rule of Kayenta's NetflixACAJudge: each metric is high, low or neither by Mann–Whitney, and the share that is not worse is
/// the score. Not valid under peeking, nor for points that depend on those before them. Metrics without data pass nobody.
/// </summary>
public static class RankSumRule
{
    private const double Full = 100;

    public static RuleVerdict Judge(RankSumPolicy policy, ImmutableArray<RankedMetric> metrics) =>
        Score(
            policy,
            [.. metrics.Select(metric => new RankedResult(metric.Name, metric.IsCritical, StandingOf(policy, metric)))]
        );

    /// <summary>One metric by itself.</summary>
    public static RankedStanding StandingOf(RankSumPolicy policy, RankedMetric metric)
    {
        if (!HasData(policy, metric))
        {
            return RankedStanding.TooFew;
        }

        return IsWorse(policy, metric) ? RankedStanding.Worse : RankedStanding.NotWorse;
    }

    /// <summary>All of them together.</summary>
    public static RuleVerdict Score(RankSumPolicy policy, ImmutableArray<RankedResult> metrics)
    {
        var silent = metrics.Where(metric => metric.Standing == RankedStanding.TooFew).ToList();
        var worse = metrics.Where(metric => metric.Standing == RankedStanding.Worse).ToList();
        // What has too few points counts as not worse: the order in which metrics come must not matter.
        var score = metrics.IsEmpty ? 0 : Full * (metrics.Length - worse.Count) / metrics.Length;
        if (worse.Find(metric => metric.IsCritical) is { } critical)
        {
            return RuleVerdict.Of(JudgementOutcome.Fail, $"{critical.Name} is critical and worse");
        }

        if (!metrics.IsEmpty && score < policy.Marginal)
        {
            return RuleVerdict.Of(
                JudgementOutcome.Fail,
                $"score {score:0.#} is below {policy.Marginal:0.#}: {string.Join(", ", worse.Select(metric => metric.Name))} worse"
            );
        }

        if (silent.Count > 0 || metrics.IsEmpty)
        {
            var names = silent.Count > 0 ? string.Join(", ", silent.Select(metric => metric.Name)) : "every metric";
            return RuleVerdict.Of(JudgementOutcome.Inconclusive, $"too few points of {names}");
        }

        return score >= policy.Pass
            ? RuleVerdict.Of(JudgementOutcome.Pass, $"score {score:0.#} of {policy.Pass:0.#} needed")
            : RuleVerdict.Of(JudgementOutcome.Continue, $"score {score:0.#} is marginal, {policy.Pass:0.#} needed");
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
}
