namespace Orchestrator.Core.Tests.Judging;

/// <summary>SplitMix64: the same stream for the same seed on every machine and every version of .NET.</summary>
internal sealed class SmallRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>From 0, included, to 1.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Rare errors among many requests. By multiplication, for means of some dozens.</summary>
    public long NextPoisson(double mean)
    {
        var limit = Math.Exp(-mean);
        var product = NextUnit();
        var count = 0L;
        while (product > limit)
        {
            product *= NextUnit();
            count++;
        }

        return count;
    }

    /// <summary>By the sum of twelve: close enough to normal for tests.</summary>
    public double NextNormal() => Enumerable.Range(0, 12).Sum(_ => NextUnit()) - 6;

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
