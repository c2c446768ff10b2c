using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// Against "the canary's share of hits is at least the acceptable one <i>and</i> it is too bad against its control": both halves
/// have an e-process, and a mean of the two with fixed weights is one, however they depend on each other. It shows that one half
/// is wrong: the share is acceptable, or it is close enough to the control's.
/// </summary>
internal sealed class AcceptableShare(double acceptable, Noise noise, EProcess better) : EProcess
{
    /// <summary>Most on what is acceptable anyway: it is all that a service without errors can pass by.</summary>
    private const double AbsoluteWeight = 0.75;

    /// <summary>
    /// Most on next to no errors, the usual case, which then passes after ln(1/β) + 0.65 requests, divided by the acceptable
    /// share. Not on none at all: a single error would take that stake away for good.
    /// </summary>
    private static readonly ImmutableArray<Alternative> Odds =
    [
        new(OddsRatio: 0.01, Weight: 0.7),
        new(OddsRatio: 0.1, Weight: 0.1),
        new(OddsRatio: 0.25, Weight: 0.1),
        new(OddsRatio: 0.5, Weight: 0.1),
    ];

    private readonly OddsMixture _absolute = new(Odds, Math.Max(1, noise.Dispersion));
    private readonly double _odds = OddsMixture.OddsOf(acceptable);

    public void Observe(long hits, long total) => _absolute.Observe(hits, total, _odds);

    public override double LogEvidence() =>
        Natural.LogMean(_absolute.LogEvidence(), better.LogEvidence(), AbsoluteWeight);

    public override double LogBound() => Math.Max(_absolute.LogBound(), better.LogBound());
}
