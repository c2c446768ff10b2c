namespace Orchestrator.Core.Judging;

/// <summary>
/// e-process B: evidence that differences are positive, which needs no more than that, given the past, each is as likely as its
/// negative. The variance is their own sum of squares, so neither unit nor distribution matters.
/// </summary>
/// <param name="temper">As for <see cref="OddsMixture"/>.</param>
internal sealed class DifferenceEvidence(double rho, double temper) : EProcess
{
    private double _sum;
    private double _squares;

    public void Observe(double difference)
    {
        _sum += difference;
        _squares += difference * difference;
    }

    public override double LogEvidence() => NormalMixture.LogOneSided(_sum, _squares, rho) / temper;

    /// <summary>A mixture over positive λ is at most 1 while the sum is negative.</summary>
    public override double LogBound() =>
        _sum > 0 ? (Natural.Log(2) + (_sum * _sum / (2 * (_squares + rho)))) / temper : 1e-9;
}

/// <summary>e-process C, mSPRT: evidence that normal differences of a known variance are positive on average.</summary>
/// <param name="spread">τ, how large a difference is looked for.</param>
internal sealed class MeanEvidence(double variance, double spread) : EProcess
{
    private readonly double _rho = variance * variance / (spread * spread);
    private double _sum;
    private long _count;

    public void Observe(double difference)
    {
        _sum += difference;
        _count++;
    }

    public override double LogEvidence() => NormalMixture.LogOneSided(_sum, _count * variance, _rho);

    public override double LogBound() =>
        _sum > 0 ? Natural.Log(2) + (_sum * _sum / (2 * ((_count * variance) + _rho))) : 1e-9;
}
