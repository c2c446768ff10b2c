using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Says beforehand what a service goes through at a stage, and how long that takes with the traffic there is.</summary>
internal static class StepForecaster
{
    /// <summary>From asking for an instance to its being ready: what nobody knows beforehand is assumed, and said.</summary>
    public static readonly TimeSpan StartOfAnInstance = TimeSpan.FromSeconds(10);

    /// <summary>No policy needs more requests than that.</summary>
    private const long MostRequests = 1L << 40;

    public static IEnumerable<StepForecast> Of(Cell cell, ServiceName service, Stage stage, bool isFirst)
    {
        var rate = RequestsPerSecond(cell, service, stage.Name);
        var needed = RequestsToPass(stage.Judge);
        var rules = RuleForecast.Of(stage.Judge);
        foreach (var (index, step) in isFirst ? [] : stage.Strategy.Steps.Index())
        {
            var requests = Math.Max(step.MinimumRequests, needed);
            var (expected, why) = OfCanary(stage, step, requests, rate * (double)step.WeightPercent / 100, rules);
            yield return new StepForecast(
                service,
                string.Create(CultureInfo.InvariantCulture, $"canary {index + 1}"),
                step.Instances,
                step.WeightPercent,
                expected,
                $"{why}{Manual(step)}"
            );
        }

        if (!isFirst && stage.Strategy.Exchange is Exchange.BlueGreen strategy)
        {
            foreach (var step in BlueGreenSteps(service, stage, strategy))
            {
                yield return step;
            }

            yield break;
        }

        var atOnce = Math.Max(1, stage.Strategy.MaxSurge + stage.Strategy.MaxUnavailable);
        var waves = WaveForecast.Of(cell, service, stage, isFirst);
        var turns = waves.Instances.Sum(instances => (Math.Max(1, instances) + atOnce - 1) / atOnce);
        yield return new StepForecast(
            service,
            "promotion",
            stage.Count,
            WeightPercent: 100,
            ((StartOfAnInstance + stage.Strategy.HealthyFor) * turns) + waves.Soak,
            string.Create(CultureInfo.InvariantCulture, $"{stage.Count} instances, {atOnce} at once{waves.Text}")
        );
    }

    /// <summary>How long a step takes, null if nobody knows, and what takes longest.</summary>
    /// <param name="rate">The canary's requests per second; null if not known.</param>
    private static (TimeSpan? Expected, string Why) OfCanary(
        Stage stage,
        CanaryStep step,
        long requests,
        double? rate,
        RuleForecast rules
    )
    {
        if (rate is not > 0)
        {
            return (
                null,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{requests} requests{Also(rules)}; the traffic there is not known"
                )
            );
        }

        var counting = string.Create(CultureInfo.InvariantCulture, $"{requests} requests at {rate:0.##} a second");
        (TimeSpan Time, string Why)[] all =
        [
            (step.Bake, $"its bake time{Also(rules)}"),
            (TimeSpan.FromSeconds(requests / rate.Value), $"{counting}{Also(rules)}"),
            (rules.Least, rules.Why),
        ];
        var (longest, why) = all.MaxBy(each => each.Time);
        return (StartOfAnInstance + stage.Strategy.HealthyFor + longest, why);
    }

    private static string Manual(CanaryStep step) => step.IsManual ? "; then a person lets it go on" : "";

    private static string Also(RuleForecast rules) => rules.Why.Length > 0 ? $", and {rules.Why}" : "";

    private static IEnumerable<StepForecast> BlueGreenSteps(
        ServiceName service,
        Stage stage,
        Exchange.BlueGreen strategy
    )
    {
        var up = StartOfAnInstance + stage.Strategy.HealthyFor + strategy.Bake;
        yield return new StepForecast(
            service,
            "preview",
            stage.Count,
            WeightPercent: 0,
            up,
            "a whole new set, and its bake time"
        );
        yield return new StepForecast(
            service,
            "switch",
            stage.Count,
            WeightPercent: 100,
            TimeSpan.Zero,
            "all of it at once"
        );
        yield return new StepForecast(
            service,
            "keep the old set",
            stage.Count,
            WeightPercent: 0,
            strategy.KeepOld,
            "to go back to at once"
        );
    }

    /// <summary>As the newest rollout there has seen it; null if none has.</summary>
    private static double? RequestsPerSecond(Cell cell, ServiceName service, StageName stage)
    {
        var newest = cell
            .Rollouts.Values.Where(each => each.Service == service && each.Stage.Name == stage)
            .Where(each => each.Evidence is { Judged.Count: > 0 })
            .MaxBy(each => each.PlannedAt);
        var samples = newest?.Evidence!.Judged.Select(judged => judged.Sample).OfType<MetricSample.Counted>().ToList();
        var seconds = samples?.Sum(sample => (sample.To - sample.From).TotalSeconds) ?? 0;
        return seconds > 0 ? samples!.Sum(sample => sample.CanaryTotal + sample.ControlTotal) / seconds : null;
    }

    /// <summary>How many requests without any error a canary needs to pass.</summary>
    private static long RequestsToPass(JudgePolicy policy)
    {
        if (!policy.CountsErrors || !StageRules.IsByEvidence(policy, StageJudge.Errors))
        {
            return 0;
        }

        var (least, most) = (0L, 1L);
        while (!Passes(policy, most) && most < MostRequests)
        {
            (least, most) = (most, most * 2);
        }

        while (most - least > 1)
        {
            var middle = least + ((most - least) / 2);
            (least, most) = Passes(policy, middle) ? (least, middle) : (middle, most);
        }

        return most;
    }

    private static bool Passes(JudgePolicy policy, long requests)
    {
        var errors = StageJudge.PolicyOf(
            policy with
            {
                Latency = null,
                Metrics = [],
                Thresholds = [],
                Ranks = null,
            },
            step: null
        );
        var now = DateTimeOffset.UnixEpoch;
        return CanaryEvidence
                .Begin(errors, [Noise.Independent(TimeSpan.Zero)], now)
                .With(metric: 0, new MetricSample.Counted(now, now.AddSeconds(1), requests, 0, 0, 0))
                .JudgeAt(now, now.AddSeconds(1))
                .Outcome == JudgementOutcome.Pass;
    }
}
