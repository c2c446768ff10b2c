namespace Orchestrator.Core.Judging;

/// <summary>Requests of both arms and how many of them are hits: errors, or answers slower than a bound.</summary>
public readonly record struct ArmCounts(long CanaryTotal, long CanaryHits, long ControlTotal, long ControlHits)
{
    public long Hits => CanaryHits + ControlHits;

    public bool HasBothArms => CanaryTotal > 0 && ControlTotal > 0;

    /// <summary>That a request went to the canary. Needs both arms.</summary>
    public double CanaryOdds => (double)CanaryTotal / ControlTotal;

    /// <summary>The canary's of all hits. Needs hits.</summary>
    public double CanaryShare => (double)CanaryHits / Hits;

    public static ArmCounts operator +(ArmCounts left, ArmCounts right) =>
        new(
            left.CanaryTotal + right.CanaryTotal,
            left.CanaryHits + right.CanaryHits,
            left.ControlTotal + right.ControlTotal,
            left.ControlHits + right.ControlHits
        );
}
