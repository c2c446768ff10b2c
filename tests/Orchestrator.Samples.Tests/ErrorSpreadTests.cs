namespace Orchestrator.Samples.Tests;

public sealed class ErrorSpreadTests
{
    [Fact]
    public void Of_any_hundred_in_a_row_exactly_the_share_fails()
    {
        for (var percent = 0; percent <= 100; percent++)
        {
            var errors = new ErrorSpread();
            var fails = Enumerable.Range(0, 300).Select(_ => errors.NextFails(percent)).ToArray();

            Assert.All(
                Enumerable.Range(0, 200),
                start => Assert.Equal(percent, fails.Skip(start).Take(100).Count(isError => isError))
            );
        }
    }
}
