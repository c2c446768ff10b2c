namespace Orchestrator.Core.Judging;

/// <summary>The normal distribution in log space, by basic operations alone as <see cref="Natural"/>, to about 1e-13.</summary>
internal static class Gaussian
{
    /// <summary>ln √(2π).</summary>
    internal const double LogRootTwoPi = 0.918938533204672741780329736406;

    /// <summary>Above it the fraction is exact to all digits; below it the series is.</summary>
    private const double SeriesEnd = 3;

    private const int SeriesTerms = 50; // 3^101 / (1·3·5···101) is below 1e-30.
    private const int FractionTerms = 60; // It errs by some e^(−2x·√(2·60)), below 1e-28 from 3 on.

    /// <summary>ln Φ(z): of the probability that a standard normal number is below z. For finite numbers.</summary>
    public static double LogBelow(double z) =>
        z switch
        {
            <= -SeriesEnd => LogBeyond(-z),
            >= SeriesEnd => Natural.LogOnePlus(-Natural.Exp(LogBeyond(z))),
            _ => Natural.Log(0.5 + Within(z)),
        };

    /// <summary>ln(1 − Φ(z)) far out: Laplace's continued fraction, from its end.</summary>
    private static double LogBeyond(double z)
    {
        var rest = z;
        for (var term = FractionTerms; term > 0; term--)
        {
            rest = z + (term / rest);
        }

        return -(z * z / 2) - LogRootTwoPi - Natural.Log(rest);
    }

    /// <summary>Φ(z) − ½ = φ(z)·(z + z³/3 + z⁵/(3·5) + …).</summary>
    private static double Within(double z)
    {
        var term = z;
        var sum = z;
        for (var index = 1; index <= SeriesTerms; index++)
        {
            term *= z * z / ((2 * index) + 1);
            sum += term;
        }

        return sum * Natural.Exp(-(z * z / 2) - LogRootTwoPi);
    }
}
