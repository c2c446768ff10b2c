using Orchestrator.Samples.Load;

namespace Orchestrator.Samples.Tests.Load;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_right_to_one_bucket()
    {
        var histogram = new LatencyHistogram();
        for (var milliseconds = 1; milliseconds <= 100; milliseconds++)
        {
            histogram.Add(TimeSpan.FromMilliseconds(milliseconds));
        }

        Assert.InRange(histogram.PercentileMilliseconds(50), 50, 50 * 1.05);
        Assert.InRange(histogram.PercentileMilliseconds(99), 99, 99 * 1.05);
    }

    [Theory]
    [InlineData(0, 0.001)]
    [InlineData(3_600_000, 60_000)]
    public void What_is_out_of_range_counts_in_the_outermost_bucket(double milliseconds, double atLeast)
    {
        var histogram = new LatencyHistogram();

        histogram.Add(TimeSpan.FromMilliseconds(milliseconds));

        Assert.InRange(histogram.PercentileMilliseconds(100), atLeast, atLeast * 1.1);
    }

    [Fact]
    public void Nothing_measured_is_zero() => Assert.Equal(0, new LatencyHistogram().PercentileMilliseconds(99));
}
