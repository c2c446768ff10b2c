using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>A stage's strategy as lines to be compared, by the paths that manifests have.</summary>
internal static class StrategyFields
{
    public static IEnumerable<(string Path, string Value)> Of(CanaryStrategy strategy, string at) =>
        strategy.Exchange switch
        {
            Exchange.Rolling rolling => [.. Rolling(strategy, $"{at}.canary"), .. Waves(rolling, $"{at}.waves")],
            Exchange.Recreate => Patience(strategy, $"{at}.recreate"),
            Exchange.BlueGreen(var bake, var keepOld) =>
            [
                ($"{at}.blueGreen.bake", Text(bake)),
                ($"{at}.blueGreen.keepOld", Text(keepOld)),
                .. Patience(strategy, $"{at}.blueGreen"),
            ],
            _ => throw new ArgumentOutOfRangeException(nameof(strategy)),
        };

    private static IEnumerable<(string, string)> Waves(Exchange.Rolling rolling, string at) =>
        rolling switch
        {
            { Waves: { } waves } =>
            [
                ($"{at}.percent", string.Join(", ", waves.Percents.Select(Text))),
                ($"{at}.soak", Text(waves.Soak)),
            ],
            { Domains: var domains } =>
            [
                ($"{at}.by", domains.Label),
                ($"{at}.first", string.Join(", ", domains.First)),
                ($"{at}.parallel", Text(domains.Parallel)),
                ($"{at}.soak", Text(domains.Soak)),
            ],
        };

    private static IEnumerable<(string, string)> Rolling(CanaryStrategy strategy, string at)
    {
        foreach (var (index, step) in strategy.Steps.Index())
        {
            yield return ($"{at}.steps[{Text(index)}]", Text(step));
        }

        yield return ($"{at}.maxSurge", Text(strategy.MaxSurge));
        yield return ($"{at}.maxUnavailable", Text(strategy.MaxUnavailable));
        foreach (var field in Patience(strategy, at))
        {
            yield return field;
        }
    }

    private static IEnumerable<(string, string)> Patience(CanaryStrategy strategy, string at) =>
        [($"{at}.readyWithin", Text(strategy.ReadyWithin)), ($"{at}.healthyFor", Text(strategy.HealthyFor))];

    private static string Most(CanaryStep step) =>
        step.MaximumRequests is { } most ? $" and {Text(most)} requests" : "";

    private static string Text(CanaryStep step) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{step.Instances} instances, {step.WeightPercent:0.#} %, bake {Text(step.Bake)}, {step.MinimumRequests} requests, judge within {Text(step.JudgeWithin)}{Most(step)}{(step.IsManual ? ", manual" : "")}"
        );

    private static string Text(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
