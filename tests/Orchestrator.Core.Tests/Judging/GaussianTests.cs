using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class GaussianTests
{
    [Theory]
    [InlineData(-40, -804.6084420137538)]
    [InlineData(-10, -53.23128515051247)]
    [InlineData(-5, -15.064998393988726)]
    [InlineData(-3, -6.607726221510349)]
    [InlineData(-1, -1.8410216450092636)]
    [InlineData(0, -0.6931471805599453)]
    [InlineData(1.959963984540054, -0.025317807984289897)]
    [InlineData(3, -0.0013508099647481923)]
    [InlineData(8, -6.220960574271786e-16)]
    public void The_logarithm_of_the_normal_distribution_is_exact_from_end_to_end(double z, double expected) =>
        Assert.InRange(Gaussian.LogBelow(z) / expected, low: 1 - 1e-12, high: 1 + 1e-12);

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public void Series_and_fraction_meet_where_one_takes_over(double z)
    {
        var step = Math.Abs(z) * 1e-6;
        var slope = (Gaussian.LogBelow(z + step) - Gaussian.LogBelow(z - step)) / (2 * step);
        var density = Math.Exp(-(z * z / 2)) / Math.Sqrt(2 * Math.PI);

        Assert.Equal(density / Math.Exp(Gaussian.LogBelow(z)), slope, tolerance: 1e-5);
    }
}
