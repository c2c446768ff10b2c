using Orchestrator.Contracts.Http;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>What the judge says, for people and programs.</summary>
internal static class VerdictShapes
{
    public static VerdictView Of(Verdict verdict)
    {
        var errors = verdict.Metrics.FirstOrDefault(metric => metric.Name == StageJudge.Errors);
        return new VerdictView
        {
            Outcome = JudgementWords.Of(verdict.Outcome),
            Reason = verdict.Reason,
            CanaryRequests = errors?.Counts.CanaryTotal ?? 0,
            CanaryErrors = errors?.Counts.CanaryHits ?? 0,
            ControlRequests = errors?.Counts.ControlTotal ?? 0,
            ControlErrors = errors?.Counts.ControlHits ?? 0,
            RegressionEvidence = errors?.Worse ?? 1,
            RegressionLimit = errors?.WorseLimit ?? 1,
            AcceptanceEvidence = errors?.GoodEnough ?? 1,
            AcceptanceLimit = errors?.GoodEnoughLimit ?? 1,
            Metrics = [.. verdict.Metrics.Select(Of)],
        };
    }

    private static MetricView Of(MetricFinding metric) =>
        new()
        {
            Name = metric.Name,
            Seen = metric.Seen,
            Samples = metric.Samples,
            Refused = metric.Refused,
            LastRefusal = metric.LastRefusal,
            RegressionEvidence = metric.Worse,
            RegressionLimit = metric.WorseLimit,
            AcceptanceEvidence = metric.GoodEnough,
            AcceptanceLimit = metric.GoodEnoughLimit,
            Noise = metric.Ruling is null ? TextOf(metric.Noise) : "-",
            Canary = metric.Canary,
            Control = metric.Control,
            On = metric.On,
            State = metric.State is { } state ? JudgementWords.Of(state) : "",
            Rule = WordOf(metric.Ruling?.Rule),
            RuleReason = metric.Ruling?.Reason ?? "",
            IsValidUnderPeeking = metric.Ruling is null,
        };

    private static string WordOf(JudgingRule? rule) =>
        rule switch
        {
            null => "evidence",
            JudgingRule.Thresholds => "thresholds",
            JudgingRule.Ranks => "ranks",
            _ => throw new ArgumentOutOfRangeException(nameof(rule)),
        };

    private static string TextOf(Noise noise) =>
        noise switch
        {
            { IsMeasured: false } => "not measured, and doubted",
            { AllowsFast: true } => "requests are taken for independent",
            { AllowsRobust: true } => "requests come in bursts, so only what lasts counts",
            _ => "arms drift apart by themselves, so nothing can be judged",
        };
}
