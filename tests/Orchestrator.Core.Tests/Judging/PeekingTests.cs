namespace Orchestrator.Core.Tests.Judging;

/// <summary>Checks the random numbers that the judge's figures rest on, by what is known of peeking at a usual test.</summary>
public sealed class PeekingTests
{
    [Theory]
    [InlineData(1, 0.05)]
    [InlineData(2, 0.083)]
    [InlineData(5, 0.142)]
    [InlineData(10, 0.193)]
    [InlineData(20, 0.248)]
    public void Looking_often_at_a_test_of_five_percent_gives_the_published_false_alarms(int looks, double expected)
    {
        const int Runs = 20_000;
        var random = new SmallRandom(seed: 11);

        var alarms = Enumerable.Range(0, Runs).Count(_ => IsEverSignificant(random, looks));

        Assert.Equal(expected, (double)alarms / Runs, tolerance: 0.01);
    }

    private static bool IsEverSignificant(SmallRandom random, int looks)
    {
        var sum = 0.0;
        for (var look = 1; look <= looks; look++)
        {
            sum += random.NextNormal();
            if (Math.Abs(sum) > 1.959964 * Math.Sqrt(look))
            {
                return true;
            }
        }

        return false;
    }
}
