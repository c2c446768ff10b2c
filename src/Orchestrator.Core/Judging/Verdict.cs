using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>A judgement without its inputs.</summary>
/// <param name="Reason">As the judgement's.</param>
/// <param name="Metrics">In the order of the policy.</param>
public sealed record Verdict(JudgementOutcome Outcome, string Reason, ImmutableArray<MetricFinding> Metrics)
{
    public static Verdict Of(Judgement judgement) => new(judgement.Outcome, judgement.Reason, judgement.Metrics);
}
