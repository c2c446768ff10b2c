using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Judging;

/// <summary>A judgement without its inputs.</summary>
/// <param name="Reason">As the judgement's.</param>
/// <param name="Metrics">In the order of the policy.</param>
public sealed record Verdict(JudgementOutcome Outcome, string Reason, ImmutableArray<MetricFinding> Metrics)
{
    private readonly string _lacking = "";

    [AllowNull]
    public string Reason
    {
        get => field ?? JudgementText.Undecided(Metrics, _lacking);
        init;
    } = Reason;

    private Verdict(Judgement judgement)
        : this(judgement.Outcome, null!, judgement.Metrics)
    {
        Reason = judgement.Lacking.Length > 0 ? null : judgement.Reason;
        _lacking = judgement.Lacking;
    }

    public static Verdict Of(Judgement judgement) => new(judgement);
}
