using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Judging;

/// <summary>
/// E-process against "the canary is no worse", that is: its error rate is at most r0 times the control's and, as long as no
/// control has answered yet (a first version has none), at most the acceptable rate. The probability that it ever reaches
/// 1/α under that null is at most α (Ville's inequality), so one may look after every bucket and stop at the first that does.
/// </summary>
/// <remarks>
/// <para>
/// With a control: of all errors of a bucket, the canary's share under ratio r has odds r·n_c/n_b. The factor's expected
/// value is at most 1 for Bernoulli errors too, not only for rare ones: each request's factor has an expected value of
/// 1 + p·(a − 1) ≤ exp(p·(a − 1)), and over both arms these exponents sum to 0 at p_c = r0·p_b, and below it to less.
/// Nor need requests of an arm share one error probability: their mean is all that counts.
/// </para>
/// <para>
/// Without: errors among the canary's requests, against the odds of the acceptable rate; half of the stake is kept aside,
/// so that a long quiet time without control costs a later comparison at most ln 2. When the first control request comes
/// (which does not depend on errors), what is left is staked on the comparison: the product of a stopped e-process and one
/// that begins there is an e-process, so α needs no splitting. What was won is given up then, which can only lower the
/// evidence: from there on nothing but the comparison counts, and a fault that hits both arms alike fails no canary.
/// </para>
/// <para>Silence of either arm is no evidence; see <see cref="Comparison"/>.</para>
/// </remarks>
internal sealed class RegressionEvidence(JudgePolicy policy)
{
    /// <summary>How much worse a canary may be: a nearly geometric grid, so that slight and gross faults are both found soon.</summary>
    internal static readonly ImmutableArray<Alternative> Worse = Alternative.EquallyWeighted([
        1.25,
        1.5,
        2,
        3,
        5,
        10,
        20,
        50,
        100,
    ]);

    private const double KeptAside = 0.5;

    private readonly OddsMixture _againstControl = new(Worse);
    private readonly OddsMixture _alone = new(Worse);
    private readonly Comparison _comparison = new();
    private double _logStake;
    private bool _hasControl;

    public void Observe(TrafficBucket bucket)
    {
        if (!_hasControl && bucket.ControlRequests > 0)
        {
            _hasControl = true;
            _logStake = Math.Min(_logStake, 0);
        }

        if (!_hasControl)
        {
            _alone.Observe(bucket.CanaryErrors, bucket.CanaryRequests, OddsMixture.OddsOf(policy.AcceptableErrorRate));
            _logStake = Natural.LogMean(0, _alone.LogEvidence(), KeptAside);
        }
        else if (_comparison.Add(bucket) is { } errors)
        {
            _againstControl.Observe(errors.OfCanary, errors.All, policy.ToleratedRatio * errors.CanaryOdds);
        }
    }

    public double LogEvidence() => _logStake + _againstControl.LogEvidence();
}
