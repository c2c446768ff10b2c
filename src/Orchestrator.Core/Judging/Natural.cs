namespace Orchestrator.Core.Judging;

/// <summary>
/// Natural logarithm and exponential from IEEE 754's basic operations alone, to about 1e-15. <see cref="Math"/> asks the C
/// library, whose last bit differs between machines; a verdict must replay bit for bit on any of them.
/// </summary>
internal static class Natural
{
    /// <summary>Above it a double overflows, and JSON has no infinity.</summary>
    public const double MaxExponent = 709;

    private const double MinExponent = -708;
    private const double Ln2 = 0.693147180559945309417232121458;
    private const int ExpTerms = 16; // 0.35^17/17! is below 1e-22.

    /// <summary>Of atanh, highest first. 0.2^22/23, the next, is below 1e-16: y / (2 + y) is 1/5 at most.</summary>
    private static ReadOnlySpan<double> AtanhTerms =>
        [1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1];

    /// <summary>Of a positive, normal number.</summary>
    public static double Log(double value)
    {
        var exponent = Math.ILogB(value);
        var mantissa = Math.ScaleB(value, -exponent); // 1 to 2
        if (mantissa > 1.5)
        {
            mantissa /= 2;
            exponent++;
        }

        return (exponent * Ln2) + NearOne(mantissa - 1);
    }

    /// <summary>ln(1 + value), exact also where 1 + value would round the value away. For values above −1.</summary>
    public static double LogOnePlus(double value) => value is > -0.25 and < 0.5 ? NearOne(value) : Log(1 + value);

    /// <summary>Of a number that is at most <see cref="MaxExponent"/>; larger ones give the same as that.</summary>
    public static double Exp(double exponent)
    {
        if (exponent < MinExponent)
        {
            return 0;
        }

        var bounded = Math.Min(exponent, MaxExponent);
        var halvings = Math.Round(bounded / Ln2);
        var rest = bounded - (halvings * Ln2);
        var sum = 1.0;
        for (var term = ExpTerms; term > 0; term--)
        {
            sum = 1 + (rest / term * sum);
        }

        return Math.ScaleB(sum, (int)halvings);
    }

    /// <summary>ln of the mean of two numbers whose logarithms are given.</summary>
    public static double LogMean(double logFirst, double logSecond, double firstWeight)
    {
        var largest = Math.Max(logFirst, logSecond);
        return largest + Log((firstWeight * Exp(logFirst - largest)) + ((1 - firstWeight) * Exp(logSecond - largest)));
    }

    /// <summary>ln(1 + y) = 2·atanh(y / (2 + y)), for y from −1/4 to 1/2.</summary>
    private static double NearOne(double value)
    {
        var ratio = value / (2 + value);
        var square = ratio * ratio;
        var sum = 0.0;
        foreach (var term in AtanhTerms)
        {
            sum = (sum * square) + term;
        }

        return 2 * ratio * sum;
    }
}
