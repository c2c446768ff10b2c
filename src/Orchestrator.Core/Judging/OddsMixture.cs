using System.Collections.Immutable;
using System.Diagnostics;

namespace Orchestrator.Core.Judging;

/// <summary>One alternative of a mixture.</summary>
/// <param name="OddsRatio">Its odds against the null's; positive.</param>
/// <param name="Weight">The weights of a mixture sum to 1.</param>
internal readonly record struct Alternative(double OddsRatio, double Weight)
{
    public double LogOddsRatio { get; } = Natural.Log(OddsRatio);

    public double LogWeight { get; } = Natural.Log(Weight);

    public static ImmutableArray<Alternative> EquallyWeighted(ImmutableArray<double> oddsRatios) =>
        [.. oddsRatios.Select(ratio => new Alternative(ratio, 1.0 / oddsRatios.Length))];
}

/// <summary>
/// An e-process for counted trials, in log space: <c>E = Σ_k π_k Π_i (θ_k/θ_0)^x · ((1−θ_k)/(1−θ_0))^(m−x)</c>, where
/// observation i is x hits in m trials, its null odds are o = θ_0/(1−θ_0), and alternative k has the odds g_k·o. That makes
/// each factor <c>g_k^x / ((1 + g_k·o)/(1 + o))^m</c>. It starts at 1, whatever the order and size of the observations.
/// </summary>
internal sealed class OddsMixture : EProcess
{
    /// <summary>Far more than what rounding takes from a sum of a few terms.</summary>
    private const double Rounding = 1e-9;

    private readonly double[] _logOddsRatios;
    private readonly double[] _oddsRatios;
    private readonly double[] _logEvidence;

    /// <summary>Per trial, at the odds that were observed last: they are often the same again.</summary>
    private readonly double[] _growth;
    private readonly double _exponent;
    private readonly double _logCount;
    private double _odds = double.NaN;

    public OddsMixture(ImmutableArray<Alternative> alternatives)
        : this(alternatives, temper: 1) { }

    /// <param name="temper">
    /// At least 1. Every factor is taken to the power 1/temper, which leaves a supermartingale one (Jensen) and makes up for
    /// observations that vary this many times as much as the null says.
    /// </param>
    public OddsMixture(ImmutableArray<Alternative> alternatives, double temper)
    {
        _exponent = 1 / temper;
        _logCount = Natural.Log(alternatives.Length);
        _oddsRatios = [.. alternatives.Select(alternative => alternative.OddsRatio)];
        _logOddsRatios = [.. alternatives.Select(alternative => alternative.LogOddsRatio)];
        _logEvidence = [.. alternatives.Select(alternative => alternative.LogWeight)];
        _growth = new double[_oddsRatios.Length];
    }

    /// <param name="rate">Above 0 and below 1.</param>
    public static double OddsOf(double rate) => rate / (1 - rate);

    /// <param name="odds">The null's, in this observation; positive and finite.</param>
    public void Observe(long hits, long trials, double odds)
    {
        Debug.Assert(hits >= 0 && hits <= trials, "Hits are some of the trials.");
        if (trials == 0)
        {
            return;
        }

        if (odds.CompareTo(_odds) != 0)
        {
            GrowAt(odds);
        }

        for (var index = 0; index < _oddsRatios.Length; index++)
        {
            _logEvidence[index] += _exponent * ((hits * _logOddsRatios[index]) - (trials * _growth[index]));
        }
    }

    /// <summary>
    /// All trials of an observation as one that hit in part: <c>1 + λ·(share − θ_0)</c>, a bet on the share of hits. It needs
    /// no more than that the share is not expected above (for alternatives below 1: not below) what the null's odds say;
    /// how trials depend on each other within the observation makes no difference.
    /// </summary>
    /// <param name="share">From 0 to 1.</param>
    /// <param name="odds">As for <see cref="Observe"/>.</param>
    public void ObserveShare(double share, double odds)
    {
        Debug.Assert(share is >= 0 and <= 1, "A share is a part of a whole.");
        var nullShare = odds / (1 + odds);
        for (var index = 0; index < _oddsRatios.Length; index++)
        {
            var ratio = _oddsRatios[index] - 1;
            _logEvidence[index] +=
                _exponent * (Natural.LogOnePlus(share * ratio) - Natural.LogOnePlus(nullShare * ratio));
        }
    }

    public override double LogBound() => Largest() + _logCount + Rounding;

    /// <summary>ln E. Summed in the order of the alternatives, so that it replays bit for bit.</summary>
    public override double LogEvidence()
    {
        var largest = Largest();
        var sum = 0.0;
        foreach (var evidence in _logEvidence)
        {
            sum += Natural.Exp(evidence - largest);
        }

        return largest + Natural.Log(sum);
    }

    private void GrowAt(double odds)
    {
        _odds = odds;
        for (var index = 0; index < _oddsRatios.Length; index++)
        {
            _growth[index] = Natural.LogOnePlus((_oddsRatios[index] - 1) * (odds / (1 + odds)));
        }
    }

    private double Largest()
    {
        var largest = _logEvidence[0];
        foreach (var evidence in _logEvidence)
        {
            largest = Math.Max(largest, evidence);
        }

        return largest;
    }
}
