using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class ObservationLogTests
{
    [Fact]
    public void What_is_added_to_a_log_is_in_the_new_one_and_not_in_the_old()
    {
        var logs = new List<ObservationLog> { ObservationLog.Empty };
        for (var number = 0; number < 20; number++)
        {
            logs.Add(logs[^1].Add(An(number)));
        }

        for (var count = 0; count <= 20; count++)
        {
            Assert.Equal(count, logs[count].Count);
            Assert.Equal(Enumerable.Range(0, count).Select(An), logs[count]);
            Assert.Throws<ArgumentOutOfRangeException>(() => logs[count][count]);
        }
    }

    /// <summary>A decision that could not be stored is made anew from the log before it.</summary>
    [Fact]
    public void Two_that_are_added_to_one_log_know_nothing_of_each_other()
    {
        for (var count = 0; count < 12; count++)
        {
            var log = Enumerable.Range(0, count).Aggregate(ObservationLog.Empty, (all, number) => all.Add(An(number)));

            var one = log.Add(An(100)).Add(An(101));
            var other = log.Add(An(200)).Add(An(201)).Add(An(202));

            Assert.Equal([.. Enumerable.Range(0, count).Select(An), An(100), An(101)], one);
            Assert.Equal([.. Enumerable.Range(0, count).Select(An), An(200), An(201), An(202)], other);
        }
    }

    [Fact]
    public void Full_pages_are_handed_out_once_and_the_rest_is_the_tail()
    {
        const int count = (2 * ObservationLog.PageSize) + 3;
        var log = ObservationLog.Empty;
        var pages = new List<MetricObservation>();
        for (var number = 0; number < count; number++)
        {
            log = log.Add(An(number));
            while (log.NextPage() is { } page)
            {
                Assert.Equal(ObservationLog.PageSize, page.Length);
                pages.AddRange(page);
                log = log.WithPageStored();
            }

            Assert.Equal(Enumerable.Range(0, number + 1).Select(An), [.. pages, .. log.Tail]);
        }

        Assert.Equal((2, 3), (log.Pages, log.Tail.Length));
        Assert.Equal(count, log.Count);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void There_are_no_more_pages_than_observations_fill(int pages)
    {
        var observations = Enumerable.Range(0, (2 * ObservationLog.PageSize) - 1).Select(An);

        Assert.Throws<ArgumentOutOfRangeException>(() => ObservationLog.Of(observations, pages));
    }

    private static MetricObservation An(int number)
    {
        var at = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero).AddSeconds(number);
        return new MetricObservation(0, new MetricSample.Counted(at, at.AddSeconds(1), number, 0, 100, 0));
    }
}
