using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Judging;

/// <summary>A judgement without its inputs.</summary>
/// <param name="Reason">As the judgement's.</param>
/// <param name="Metrics">In the order of the policy.</param>
public sealed record Verdict(JudgementOutcome Outcome, string Reason, ImmutableArray<MetricFinding> Metrics)
{
    private readonly Shortfall? _lacking;

    [AllowNull]
    public string Reason
    {
        get => field ?? JudgementText.Undecided(Metrics, _lacking);
        init;
    } = Reason;

    private Verdict(Judgement judgement)
        : this(judgement.Outcome, null!, judgement.Metrics)
    {
        Reason = judgement.Lacking is null ? judgement.Reason : null;
        _lacking = judgement.Lacking;
    }

    /// <summary>For whoever reads it.</summary>
    public bool SaysTheSameAs(Verdict? other) =>
        other is not null
        && Outcome == other.Outcome
        && Metrics.SequenceEqual(other.Metrics)
        && (_lacking is not null && _lacking == other._lacking || Reason == other.Reason);

    public static Verdict Of(Judgement judgement) => new(judgement);
}
