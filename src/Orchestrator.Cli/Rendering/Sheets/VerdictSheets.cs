using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Judgements of a rollout, one after the other.</summary>
internal static class VerdictSheets
{
    public static Sheet Of(string rollout, Page<JudgementView> page) =>
        page.Items.Count == 0
            ? Sheet.Of(
                new Block.Grid("", ["NUMBER"], [], $"Nothing followed from a judgement of {rollout} yet."),
                new Block.Advice($"orc rollout status {rollout}")
            )
            : Sheet.Of([.. page.Items.SelectMany(Of), new Block.Advice($"orc verdict replay {rollout}")]);

    /// <summary>Metric by metric: what was seen, and the evidence against each limit.</summary>
    private static Block.Grid Metrics(VerdictView verdict) =>
        new(Title: "", MetricSheets.Columns, [.. verdict.Metrics.Select(MetricSheets.Row)], "Nothing was measured.");

    private static IEnumerable<Block> Of(JudgementView judgement) =>
        [
            new Block.Facts([
                ("Number", Format.Number(judgement.Number)),
                ("Verdict", judgement.Verdict.Outcome),
                ("Why", judgement.Verdict.Reason),
                ("Judged", $"{Format.Time(judgement.Inputs.Began)} to {Format.Time(judgement.Inputs.Now)}"),
                ("Samples", Format.Number(judgement.Inputs.Samples.Count)),
            ]),
            Metrics(judgement.Verdict),
        ];
}
