using Orchestrator.Cli.Rendering;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary>What <c>orc judge</c> prints: a verdict, why, and which files it replays from.</summary>
/// <param name="Outcome"><c>pass</c>, <c>fail</c>, <c>continue</c>, <c>hold</c> or <c>inconclusive</c>.</param>
/// <param name="Rule"><c>evidence</c>, <c>thresholds</c>, <c>mann-whitney</c> or <c>group-sequential</c>.</param>
/// <param name="Metrics">Empty but for evidence.</param>
internal sealed record JudgedFiles(
    string Rule,
    string Outcome,
    string Reason,
    DateTimeOffset Began,
    DateTimeOffset Ended,
    JudgedFile Baseline,
    JudgedFile Canary,
    IReadOnlyList<JudgedMetric> Metrics
)
{
    public const string Evidence = "evidence";

    public static JudgedFiles Of(Judgement judgement, ArmFile baseline, ArmFile canary) =>
        Of(Evidence, new RuleVerdict(judgement.Outcome, judgement.Reason), judgement.Inputs, baseline, canary) with
        {
            Metrics = [.. judgement.Metrics.Select(JudgedMetric.Of)],
        };

    public static JudgedFiles Of(
        string rule,
        RuleVerdict verdict,
        JudgeInputs inputs,
        ArmFile baseline,
        ArmFile canary
    ) =>
        new(
            rule,
            JudgementWords.Of(verdict.Outcome),
            verdict.Reason,
            inputs.Began,
            inputs.Now,
            new JudgedFile(baseline.Path, baseline.Sha256),
            new JudgedFile(canary.Path, canary.Sha256),
            Metrics: []
        );

    public static Sheet ToSheet(JudgedFiles judged)
    {
        var facts = new Block.Facts([
            ("Verdict", judged.Outcome),
            ("Why", judged.Reason),
            ("Judged", $"{Format.Time(judged.Began)} to {Format.Time(judged.Ended)}"),
        ]);
        return judged.Metrics.Count == 0 ? Sheet.Of(facts) : Sheet.Of(facts, Table(judged));
    }

    private static Block.Grid Table(JudgedFiles judged) =>
        new(
            Title: "",
            [
                "METRIC",
                "STATE",
                "SEEN",
                "WORSE",
                "FAILS AT",
                "HINT",
                "GOOD ENOUGH",
                "PASSES AT",
                "REFUSED",
                "A/A PHASE",
            ],
            [.. judged.Metrics.Select(metric => metric.ToRow())],
            WhenEmpty: ""
        );
}

internal sealed record JudgedFile(string Path, string Sha256);

/// <summary>One metric's evidence, as e-values; 1 is none.</summary>
/// <param name="State">
/// <c>no data</c>, <c>stale</c>, <c>undecided</c>, <c>good enough</c>, <c>looks worse</c>, <c>worse</c> or <c>inconclusive</c>.
/// </param>
internal sealed record JudgedMetric(
    string Name,
    string State,
    string Seen,
    long Samples,
    long Refused,
    string LastRefusal,
    double Worse,
    double FailsAt,
    double Hint,
    double GoodEnough,
    double PassesAt,
    JudgedNoise Noise
)
{
    public static JudgedMetric Of(MetricFinding finding) =>
        new(
            finding.Name,
            finding.State is { } state ? JudgementWords.Of(state) : "-",
            finding.Seen,
            finding.Samples,
            finding.Refused,
            finding.LastRefusal,
            finding.Worse,
            finding.WorseLimit,
            finding.Hint,
            finding.GoodEnough,
            finding.GoodEnoughLimit,
            JudgedNoise.Of(finding.Noise)
        );

    public IReadOnlyList<string> ToRow() =>
        [
            Name,
            State,
            Seen,
            Format.Evidence(Worse),
            Format.Evidence(FailsAt),
            Format.Evidence(Hint),
            Format.Evidence(GoodEnough),
            Format.Evidence(PassesAt),
            Refused == 0 ? "-" : $"{Format.Number(Refused)}, last: {LastRefusal}",
            Noise.ToString(),
        ];
}

/// <param name="Dispersion">
/// Of differences over that of independent ones; of a level, the variance of ln(canary/baseline). Null where it was not measured.
/// </param>
/// <param name="Temper">Null where the arms drifted apart for longer than any bucket.</param>
internal sealed record JudgedNoise(double? Dispersion, double WidthSeconds, double? Temper)
{
    public static JudgedNoise Of(Noise noise) =>
        new(
            noise.IsMeasured ? noise.Dispersion : null,
            noise.Width.TotalSeconds,
            noise.AllowsRobust ? noise.Temper : null
        );

    public override string ToString() =>
        (Dispersion, Temper) switch
        {
            (null, _) => "none, or too short to tell",
            (_, null) => "arms drifted apart: cannot be judged",
            var (dispersion, temper) =>
                $"dispersion {Format.Evidence(dispersion.Value)}, buckets of {Format.Number((long)WidthSeconds)} s, divided by {Format.Evidence(temper.Value)}",
        };
}
