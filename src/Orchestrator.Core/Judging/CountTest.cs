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

    private CountTest(double factor, TimeSpan width, OddsMixture? fast, OddsMixture? robust)
    {
        _factor = factor;
        _buckets = new Joining(width);
        _fast = fast;
        _robust = robust;
    }

    /// <summary>What may fail or pass a canary.</summary>
    public EProcess Decisive { get; private init; } = NoEvidence.Instance;

    /// <summary>What may hold it only.</summary>
    public EProcess Hint { get; private init; } = NoEvidence.Instance;

    /// <summary>That the canary has more hits: fast where that is trusted; else robust, and fast as a hint.</summary>
    /// <param name="factor">On the canary's odds of a hit, under the null.</param>
    public static CountTest OfWorse(ImmutableArray<Alternative> alternatives, double factor, Noise noise)
    {
        if (noise.AllowsFast)
        {
            return Fast(new OddsMixture(alternatives, Math.Max(1, noise.Dispersion)), factor);
        }

        var hint = new OddsMixture(alternatives);
        var robust = noise.AllowsRobust ? new OddsMixture(alternatives, noise.Temper) : null;
        return new CountTest(factor, noise.Width, hint, robust)
        {
            Hint = hint,
            Decisive = (EProcess?)robust ?? NoEvidence.Instance,
        };
    }

    /// <summary>
    /// That the canary has fewer hits. By all hits if it was measured how much they vary: to a bet on shares, buckets of a
    /// canary whose bursts are as frequent but larger look as good as those of its control.
    /// </summary>
    /// <param name="factor">On the canary's odds of a hit, under the null.</param>
    public static CountTest OfBetter(ImmutableArray<Alternative> alternatives, double factor, Noise noise)
    {
        if (!noise.AllowsRobust)
        {
            return new CountTest(factor, noise.Width, fast: null, robust: null);
        }

        if (noise.IsMeasured)
        {
            return Fast(new OddsMixture(alternatives, Math.Max(1, noise.Dispersion)), factor);
        }

        var robust = new OddsMixture(alternatives, noise.Temper);
        return new CountTest(factor, noise.Width, fast: null, robust) { Decisive = robust };
    }

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

    private static CountTest Fast(OddsMixture mixture, double factor) =>
        new(factor, TimeSpan.Zero, mixture, robust: null) { Decisive = mixture };
}
