namespace Orchestrator.Benchmarks.Judging;

/// <summary>SplitMix64 and what is drawn with it: the same stream for the same seed.</summary>
internal sealed class Dice(ulong seed)
{
    /// <summary>From here on a Poisson number is drawn as a normal one, rounded.</summary>
    private const double ManyHits = 40;

    private ulong _state = seed;
    private double _spare = double.NaN;

    /// <summary>From 0, included, to 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public double Normal()
    {
        if (!double.IsNaN(_spare))
        {
            var kept = _spare;
            _spare = double.NaN;
            return kept;
        }

        double x;
        double y;
        double square;
        do
        {
            x = (2 * Unit()) - 1;
            y = (2 * Unit()) - 1;
            square = (x * x) + (y * y);
        } while (square is >= 1 or 0);

        var scale = Math.Sqrt(-2 * Math.Log(square) / square);
        _spare = y * scale;
        return x * scale;
    }

    public long Poisson(double mean)
    {
        if (mean >= ManyHits)
        {
            return Math.Max(0, (long)Math.Round(mean + (Math.Sqrt(mean) * Normal())));
        }

        var unit = Unit();
        var chance = Math.Exp(-mean);
        var count = 0L;
        while (unit > chance && count < 1000)
        {
            unit -= chance;
            count++;
            chance *= mean / count;
        }

        return count;
    }

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
