using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Judging;

/// <summary>Verdicts in words. Evidence is rounded down, so that what is not enough never reads as if it were.</summary>
internal static class VerdictText
{
    private const double LargestShown = 1e12;

    public static string Failed(Counts counts, Evidence evidence, JudgePolicy policy) =>
        $"{Rates(counts, policy)}: {Against(evidence)} needed to fail";

    public static string Passed(Counts counts, Evidence evidence, JudgePolicy policy) =>
        $"{Rates(counts, policy)}: {Against(evidence)} needed to pass";

    public static string Undecided(Counts counts, ImmutableArray<string> lacking, JudgePolicy policy) =>
        counts.CanaryRequests == 0 ? "no requests" : $"{Rates(counts, policy)}: {string.Join(", ", lacking)}";

    /// <summary>What is still missing for a pass; empty when nothing is.</summary>
    public static ImmutableArray<string> LackingToPass(
        Counts counts,
        Evidence acceptance,
        int minimumRequests,
        bool hasBaked
    )
    {
        var lacking = ImmutableArray.CreateBuilder<string>();
        if (counts.CanaryRequests == 0)
        {
            lacking.Add("no requests");
        }

        if (!acceptance.IsEnough)
        {
            lacking.Add($"{Against(acceptance)} needed to pass");
        }

        if (counts.CanaryRequests < minimumRequests)
        {
            lacking.Add(Invariant($"{counts.CanaryRequests:N0} of the {minimumRequests:N0} requests needed"));
        }

        if (!hasBaked)
        {
            lacking.Add("its bake time is not over");
        }

        return lacking.ToImmutable();
    }

    private static string Rates(Counts counts, JudgePolicy policy)
    {
        var canary = $"error rate {Percent(counts.CanaryErrors, counts.CanaryRequests)}";
        return counts.ControlRequests == 0
            ? $"{canary}, no control, {Percent(policy.AcceptableErrorRate)} is acceptable"
            : $"{canary} against {Percent(counts.ControlErrors, counts.ControlRequests)} of the control";
    }

    private static string Against(Evidence evidence) =>
        $"evidence {Shown(evidence.Value)} of the {Shown(evidence.Limit)}";

    public static string Shown(double evidence) =>
        evidence switch
        {
            > LargestShown => "over 1,000,000,000,000",
            >= 100 => Invariant($"{Math.Floor(evidence):N0}"),
            _ => Invariant($"{Math.Floor(evidence * 10) / 10:0.#}"),
        };

    public static string Percent(long part, long whole) => whole == 0 ? "unknown" : Percent((double)part / whole);

    private static string Percent(double rate) =>
        (rate * 100) switch
        {
            >= 10 and var percent => Invariant($"{percent:0.#} %"),
            >= 1 and var percent => Invariant($"{percent:0.##} %"),
            var percent => Invariant($"{percent:0.####} %"),
        };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
