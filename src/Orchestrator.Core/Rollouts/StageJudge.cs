using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Rollouts;

/// <summary>Says in the judge's terms what a stage's policy wants.</summary>
public static class StageJudge
{
    /// <summary>Names of what gateways measure.</summary>
    public const string Errors = "errors";
    public const string Latency = "latency";

    /// <summary>A promotion ends when all instances are exchanged, not when some time is over.</summary>
    private static readonly TimeSpan NoEnd = TimeSpan.FromDays(3650);

    private static readonly TimeSpan LeastMaxAge = TimeSpan.FromMinutes(1);

    /// <summary>Steps that last days join samples for longer than a minute; see <see cref="CanaryEvidence"/>.</summary>
    private const int AgesInStep = 64;

    /// <summary>Where latency has its own metric beside errors, errors are critical and have this part of α.</summary>
    private const double CriticalPart = 0.5;

    /// <summary>Non-inferiority of errors is shown against r1, this many times the tolerated ratio r0.</summary>
    private const double InferiorFactor = 2;

    /// <param name="step">Null for a promotion without steps.</param>
    public static CanaryPolicy PolicyOf(JudgePolicy judge, CanaryStep? step)
    {
        var maxSoak = step?.JudgeWithin ?? NoEnd;
        var maxAge = step is null || maxSoak / AgesInStep < LeastMaxAge ? LeastMaxAge : maxSoak / AgesInStep;
        return new CanaryPolicy
        {
            Alpha = judge.Alpha,
            Metrics = [.. MetricsOf(judge, step).Select(metric => StageRules.Ruled(judge, metric))],
            Ranks = StageRules.RanksOf(judge),
            MinSoak = step?.Bake ?? TimeSpan.Zero,
            MaxSoak = maxSoak,
            MaxAge = maxAge,
        };
    }

    /// <summary>The place of a metric in the policy; null if it is not judged.</summary>
    public static int? PlaceOf(CanaryPolicy policy, string metric)
    {
        for (var index = 0; index < policy.Metrics.Length; index++)
        {
            if (policy.Metrics[index].Name == metric)
            {
                return index;
            }
        }

        return null;
    }

    /// <summary>Requests bound what gateways count; others' samples are of another kind.</summary>
    private static IEnumerable<MetricPolicy> MetricsOf(JudgePolicy judge, CanaryStep? step)
    {
        var (minimumRequests, maximumRequests) = (step?.MinimumRequests ?? 0, step?.MaximumRequests ?? long.MaxValue);
        var others =
            judge.Metrics.Count(rule => StageRules.IsByEvidence(judge, rule.Name))
            + (judge.Latency is not null && StageRules.IsByEvidence(judge, Latency) ? 1 : 0);
        if (judge.CountsErrors)
        {
            yield return new MetricPolicy
            {
                Name = Errors,
                Measure = new MetricMeasure.Share(judge.AcceptableErrorRate),
                Direction = MetricDirection.HigherIsWorse,
                ToleratedRatio = judge.ToleratedRatio,
                InferiorRatio = judge.ToleratedRatio * InferiorFactor,
                Alpha = new AlphaUse.Own(others == 0 ? judge.Alpha : judge.Alpha * CriticalPart),
                Beta = judge.Beta,
                MinSamples = minimumRequests,
                MaxSamples = maximumRequests,
            };
        }

        if (judge.Latency is { } latency)
        {
            yield return new MetricPolicy
            {
                Name = Latency,
                Measure = new MetricMeasure.Quantile(latency.Quantile, TrafficBucket.LatencyBounds),
                Direction = MetricDirection.HigherIsWorse,
                ToleratedRatio = latency.ToleratedRatio,
                InferiorRatio = latency.InferiorRatio,
                Alpha = new AlphaUse.Pooled(Weight: 1),
                Beta = judge.Beta,
                MinSamples = minimumRequests,
                MaxSamples = maximumRequests,
            };
        }

        foreach (var rule in judge.Metrics)
        {
            yield return new MetricPolicy
            {
                Name = rule.Name,
                Measure =
                    rule.Kind == MetricKind.Share
                        ? new MetricMeasure.Share(Acceptable: null)
                        : new MetricMeasure.Level(),
                Direction = rule.IsLowerWorse ? MetricDirection.LowerIsWorse : MetricDirection.HigherIsWorse,
                ToleratedRatio = rule.ToleratedRatio,
                InferiorRatio = rule.InferiorRatio,
                Alpha = new AlphaUse.Pooled(Weight: 1),
                Beta = judge.Beta,
                MinSamples = rule.MinimumSamples,
                MaxSamples = long.MaxValue,
            };
        }
    }
}
