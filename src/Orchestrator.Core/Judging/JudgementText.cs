using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core.Judging;

/// <summary>Judgements in one sentence. Evidence is rounded down, so that what is not enough never reads as if it were.</summary>
internal static class JudgementText
{
    public static string Failed(CanaryWatch.Failure failure) =>
        failure is CanaryWatch.Failure.ByEvidence(var metric, var evidence, var limit)
            ? $"{Seen(metric)}; {Together(metric)}e-value {Shown(evidence)} ≥ {Limit(limit)}"
            : $"{Seen(failure.Metric)}; {((CanaryWatch.Failure.ByRule)failure).Reason}";

    public static string Ruled(MetricJudge metric, RuleVerdict verdict) => $"{metric.Policy.Name}: {verdict.Reason}";

    public static string Suspected(MetricJudge suspect) =>
        $"{Seen(suspect)}; looks worse, but by evidence that needs independent requests (e-value {Shown(suspect.Hint.LogEvidence())}), "
        + (
            suspect.Noise.IsMeasured
                ? "and the A/A phase showed that they are not"
                : "and no A/A phase showed that they are"
        );

    /// <summary>By the metric whose evidence was hardest to get, and by what other rules say.</summary>
    public static string Passed(ImmutableArray<MetricJudge> metrics, RuleVerdict? ranked)
    {
        var others = metrics.Length > 1 ? $"all {metrics.Length} metrics are good enough; " : "";
        var last = metrics
            .Where(metric => metric.IsByEvidence)
            .MinBy(metric => metric.GoodEnough.LogEvidence() + Natural.Log(metric.Policy.Beta));
        string[] parts =
        [
            .. last is null
                ? [Seen(metrics[0])]
                : (string[])
                    [
                        Seen(last),
                        $"good enough by e-value {Shown(last.GoodEnough.LogEvidence())} ≥ {Needed(last.Policy.Beta)}",
                    ],
            .. from metric in metrics let ruled = metric.Ruled where ruled is not null select Ruled(metric, ruled),
            .. ranked is null ? [] : (string[])[ranked.Reason],
        ];
        return $"{others}{string.Join("; ", parts)}";
    }

    public static string Undecided(ImmutableArray<MetricFinding> metrics, Shortfall? lacking) =>
        $"{metrics[0].Seen}; {lacking}";

    public static string Of(Shortfall lacking) =>
        lacking switch
        {
            Shortfall.Samples(var metric, var seen, var needed) => string.Create(
                CultureInfo.InvariantCulture,
                $"{metric} has {seen:N0} of the {needed:N0} samples needed"
            ),
            Shortfall.Evidence(var metric, var evidence, var beta) =>
                $"that {metric} is good enough has e-value {Shown(evidence)} of {Needed(beta)}",
            Shortfall.InWords(var words) => words,
            _ => throw new ArgumentOutOfRangeException(nameof(lacking)),
        };

    public static string Stale(MetricJudge metric, DateTimeOffset now) =>
        metric.Until == DateTimeOffset.MinValue
            ? $"{metric.Policy.Name} has no data{Because(metric)}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the newest data of {metric.Policy.Name} is {(now - metric.Until).TotalSeconds:0} s old{Because(metric)}"
            );

    public static Shortfall NotGoodEnough(MetricJudge metric)
    {
        if (metric.Ruled is { } ruled)
        {
            return new Shortfall.InWords(Ruled(metric, ruled));
        }

        return metric.Noise.AllowsFast || metric.Noise.AllowsRobust
            ? new Shortfall.Evidence(metric.Policy.Name, metric.GoodEnough.LogEvidence(), metric.Policy.Beta)
            : new Shortfall.InWords(
                $"in the A/A phase {metric.Policy.Name} differed for longer than a bucket, so it cannot be judged"
            );
    }

    private static string Seen(MetricJudge metric) => metric.Sums.Seen(metric.Policy.Name);

    private static string Together(MetricJudge metric) =>
        metric.Policy.Alpha is AlphaUse.Pooled ? "with the others of its pool, " : "";

    private static string Because(MetricJudge metric) =>
        metric.LastRefusal.Length > 0 ? $" ({metric.LastRefusal})" : "";

    private static string Needed(double beta) => VerdictText.Shown(1 / beta);

    private static string Shown(double logEvidence) => VerdictText.Shown(Natural.Exp(logEvidence));

    /// <summary>The logarithm's own last digit must not make 999 of 1,000.</summary>
    private static string Limit(double logLimit) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Round(Natural.Exp(logLimit)):N0}");
}
