using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// Two ways to compare hits: fast, request by request (e-process A), which holds for independent requests only; and robust, a
/// bet on the canary's share of the hits of each bucket, which is e-process B for arms of any size: it needs no more than that,
/// whatever was before, the canary is not expected to have more than its share.
/// </summary>
internal sealed class CountTest
{
    private readonly double _factor;
    private readonly Joining _samples = new(TimeSpan.Zero);
    private readonly Joining _buckets;
    private readonly OddsMixture? _fast;
    private readonly OddsMixture? _robust;

    /// <param name="factor">On the canary's odds of a hit, under the null.</param>
    /// <param name="isHinting">Whether the fast way is wanted too where it may not decide.</param>
    public CountTest(ImmutableArray<Alternative> alternatives, double factor, Noise noise, bool isHinting)
    {
        _factor = factor;
        _buckets = new Joining(noise.Width);
        if (noise.AllowsFast)
        {
            _fast = new OddsMixture(alternatives, Math.Max(1, noise.Dispersion));
            Decisive = _fast;
            return;
        }

        if (noise.AllowsRobust)
        {
            _robust = new OddsMixture(alternatives, noise.Temper);
            Decisive = _robust;
        }

        if (isHinting)
        {
            _fast = new OddsMixture(alternatives);
            Hint = _fast;
        }
    }

    /// <summary>What may fail or pass a canary.</summary>
    public EProcess Decisive { get; } = NoEvidence.Instance;

    /// <summary>What may hold it only.</summary>
    public EProcess Hint { get; } = NoEvidence.Instance;

    public void Observe(DateTimeOffset from, DateTimeOffset to, ArmCounts sample)
    {
        if (_fast is not null && _samples.Add(from, to, sample) is { Hits: > 0 } single)
        {
            _fast.Observe(single.CanaryHits, single.Hits, _factor * single.CanaryOdds);
        }

        if (_robust is not null && _buckets.Add(from, to, sample) is { Hits: > 0 } bucket)
        {
            _robust.ObserveShare(bucket.CanaryShare, _factor * bucket.CanaryOdds);
        }
    }
}
