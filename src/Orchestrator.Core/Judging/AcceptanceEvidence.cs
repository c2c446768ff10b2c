using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Judging;

/// <summary>
/// E-process against "the canary must not be promoted", that is: its error rate is at least the acceptable one <i>and</i> at
/// least <see cref="InferiorFactor"/> times what is tolerated against the control. Under that null the probability that it
/// ever reaches 1/β is at most β (Ville's inequality).
/// </summary>
/// <remarks>
/// <para>
/// Two e-processes are averaged: one against the first half of the null (canary errors among canary requests), one against
/// the second (the canary's share of all errors). Under the null both halves hold, so both are e-processes, and a mean with
/// fixed weights of e-processes is one, however they depend on each other. Rejecting the null shows that at least one half
/// is wrong: the rate is acceptable, or it is close to the control's.
/// </para>
/// <para>
/// That the ratio is below r0 itself cannot be shown for a canary that is exactly as good as its control, hence the margin.
/// Silence is no evidence: without canary requests both stay at 1.
/// </para>
/// </remarks>
internal sealed class AcceptanceEvidence(JudgePolicy policy)
{
    /// <summary>Non-inferiority is shown against r1, this many times the tolerated ratio r0.</summary>
    public const double InferiorFactor = 2;

    /// <summary>Most on the first half: it is all that a service without errors, or without a control, can pass by.</summary>
    internal const double AbsoluteWeight = 0.75;

    /// <summary>
    /// Most on next to no errors, the usual case, which then passes after ln(1/β) + 0.65 requests, divided by the acceptable
    /// rate. Not on none at all: a single error would take that stake away for good.
    /// </summary>
    internal static readonly ImmutableArray<Alternative> Acceptable =
    [
        new(OddsRatio: 0.01, Weight: 0.7),
        new(OddsRatio: 0.1, Weight: 0.1),
        new(OddsRatio: 0.25, Weight: 0.1),
        new(OddsRatio: 0.5, Weight: 0.1),
    ];

    private static readonly ImmutableArray<Alternative> CloseToControl = Alternative.EquallyWeighted([
        0.7,
        0.5,
        0.25,
        0.125,
    ]);

    private readonly OddsMixture _absolute = new(Acceptable);
    private readonly OddsMixture _againstControl = new(CloseToControl);
    private readonly Comparison _comparison = new();

    public void Observe(TrafficBucket bucket)
    {
        _absolute.Observe(bucket.CanaryErrors, bucket.CanaryRequests, OddsMixture.OddsOf(policy.AcceptableErrorRate));
        if (_comparison.Add(bucket) is { } errors)
        {
            _againstControl.Observe(
                errors.OfCanary,
                errors.All,
                InferiorFactor * policy.ToleratedRatio * errors.CanaryOdds
            );
        }
    }

    public double LogEvidence() =>
        Natural.LogMean(_absolute.LogEvidence(), _againstControl.LogEvidence(), AbsoluteWeight);
}
