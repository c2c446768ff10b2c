using System.Globalization;
using Orchestrator.Cli.Rendering;
using Orchestrator.Contracts.Http;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>What <c>orc verdict replay</c> prints: judgements as they were kept, and what the same inputs come to here and now.</summary>
internal sealed record ReplayedJudgements(string Rollout, IReadOnlyList<ReplayedJudgement> Judgements)
{
    public bool AreAllSame => Judgements.All(judgement => judgement.IsSame);

    public static ReplayedJudgements Of(string rollout, IReadOnlyList<JudgementView> kept) =>
        new(rollout, [.. kept.Select(ReplayedJudgement.Of)]);

    public static Sheet ToSheet(ReplayedJudgements replayed) =>
        Sheet.Of(
            new Block.Grid(
                Title: "",
                ["NUMBER", "AT", "SAMPLES", "KEPT", "REPLAYED", "BITS"],
                [
                    .. replayed.Judgements.Select(judgement =>
                        (string[])
                            [
                                Format.Number(judgement.Number),
                                Format.Time(judgement.At),
                                Format.Number(judgement.Samples),
                                judgement.Kept,
                                judgement.Replayed,
                                judgement.IsSame ? "the same" : "DIFFERENT",
                            ]
                    ),
                ],
                $"Nothing followed from a judgement of {replayed.Rollout} yet."
            )
        );
}

/// <param name="IsSame">Outcome, reason and the bits of all evidence.</param>
internal sealed record ReplayedJudgement(
    int Number,
    DateTimeOffset At,
    int Samples,
    string Kept,
    string Replayed,
    bool IsSame
)
{
    public static ReplayedJudgement Of(JudgementView kept)
    {
        var judged = CanaryJudge.Judge(KeptInputs.Read(kept.Inputs));
        var outcome = JudgementWords.Of(judged.Outcome);
        var isSame =
            outcome == kept.Verdict.Outcome
            && judged.Reason == kept.Verdict.Reason
            && Bits(judged).SequenceEqual(Bits(kept.Verdict), StringComparer.Ordinal);
        return new ReplayedJudgement(
            kept.Number,
            kept.Inputs.Now,
            kept.Inputs.Samples.Count,
            $"{kept.Verdict.Outcome}: {kept.Verdict.Reason}",
            isSame ? outcome : $"{outcome}: {judged.Reason}",
            isSame
        );
    }

    private static IEnumerable<string> Bits(Judgement judgement) =>
        judgement.Metrics.Select(metric =>
            Bits(metric.Name, metric.Worse, metric.GoodEnough, metric.Ruling?.Reason ?? "")
        );

    private static IEnumerable<string> Bits(VerdictView verdict) =>
        verdict.Metrics.Select(metric =>
            Bits(metric.Name, metric.RegressionEvidence, metric.AcceptanceEvidence, metric.RuleReason)
        );

    private static string Bits(string name, double harm, double health, string ruled) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{name} {BitConverter.DoubleToInt64Bits(harm):X16} {BitConverter.DoubleToInt64Bits(health):X16} {ruled}"
        );
}
