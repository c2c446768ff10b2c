using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>How long a step lasts at least for rules that look at points, and what a plan says of them.</summary>
/// <param name="Least">Zero where all is judged by evidence.</param>
/// <param name="Why">What takes that long; empty where all is judged by evidence.</param>
internal sealed record RuleForecast(TimeSpan Least, string Why)
{
    private const string Warning = "not valid under peeking";

    private static readonly RuleForecast None = new(TimeSpan.Zero, "");

    public static RuleForecast Of(JudgePolicy judge)
    {
        var checks = judge.Thresholds.Select(limits => new RuleForecast(
            limits.Every * limits.Checks,
            Text(
                $"{limits.Checks} checks of {limits.Metric}, one every {limits.Every.TotalSeconds:0.###} s ({Warning})"
            )
        ));
        var points = judge.Ranks is { } ranks
            ? new RuleForecast(
                ranks.Every * ranks.MinimumPoints,
                Text(
                    $"{ranks.MinimumPoints} points of {string.Join(", ", ranks.Metrics)}, one every {ranks.Every.TotalSeconds:0.###} s ({Warning})"
                )
            )
            : None;
        return checks.Append(points).MaxBy(each => each.Least)!;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
