using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class NaturalTests
{
    private const double Precision = 1e-15;

    [Fact]
    public void Logarithms_are_those_of_the_C_library_but_for_the_last_digits()
    {
        foreach (var value in Values(1e-300, 1e300, factor: 1.37))
        {
            AssertClose(Math.Log(value), Natural.Log(value));
        }

        foreach (var value in Values(0.9, 1.1, factor: 1.0001))
        {
            AssertClose(Math.Log(value), Natural.Log(value));
        }
    }

    [Theory]
    [InlineData(1e-20, 1e-20)]
    [InlineData(-1e-20, -1e-20)]
    [InlineData(1e-9, 9.999999995e-10)]
    [InlineData(-0.25, -0.2876820724517809)]
    [InlineData(0.5, 0.4054651081081644)]
    [InlineData(-0.99, -4.605170185988091)]
    [InlineData(1e6, 13.815511557963774)]
    public void Logarithms_of_one_plus_a_number_keep_the_smallest_numbers(double value, double expected) =>
        AssertClose(expected, Natural.LogOnePlus(value));

    [Fact]
    public void Exponentials_are_those_of_the_C_library_but_for_the_last_digits()
    {
        for (var exponent = -700.0; exponent < 700; exponent += 0.37)
        {
            // The exponent's own last bit is worth up to 1e-13 of the result.
            Assert.InRange(Natural.Exp(exponent) / Math.Exp(exponent), low: 1 - 1e-13, high: 1 + 1e-13);
        }

        AssertClose(Math.E, Natural.Exp(1));
        Assert.Equal(1, Natural.Exp(0));
    }

    [Theory]
    [InlineData(1e9)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(710)]
    public void Exponentials_never_overflow(double exponent) =>
        Assert.Equal(Natural.Exp(Natural.MaxExponent), Natural.Exp(exponent));

    [Theory]
    [InlineData(-1e9)]
    [InlineData(double.NegativeInfinity)]
    public void Exponentials_of_very_small_numbers_are_zero(double exponent) => Assert.Equal(0, Natural.Exp(exponent));

    [Fact]
    public void The_mean_of_two_numbers_far_beyond_doubles_is_their_mean()
    {
        AssertClose(5000 + Math.Log(0.25), Natural.LogMean(5000, -5000, firstWeight: 0.25));
        AssertClose(-5000 + Math.Log(0.75 + (0.25 * Math.E)), Natural.LogMean(-4999, -5000, firstWeight: 0.25));
    }

    private static IEnumerable<double> Values(double from, double to, double factor)
    {
        for (var value = from; value < to; value *= factor)
        {
            yield return value;
        }
    }

    private static void AssertClose(double expected, double actual) =>
        Assert.InRange(
            Math.Abs(actual - expected),
            low: 0,
            high: Precision * Math.Max(Math.Abs(expected), Math.Abs(expected) < 1e-3 ? 0 : 1e-3)
        );
}
