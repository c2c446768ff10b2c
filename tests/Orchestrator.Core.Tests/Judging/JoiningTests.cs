using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class JoiningTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ArmCounts Both = new(10, 1, 20, 2);

    [Fact]
    public void Samples_are_joined_to_a_bucket_of_the_width()
    {
        var joining = new Joining(TimeSpan.FromSeconds(3));

        Assert.Null(Add(joining, second: 0, Both));
        Assert.Null(Add(joining, second: 1, Both));
        Assert.Equal(new ArmCounts(30, 3, 60, 6), Add(joining, second: 2, Both));
        Assert.Null(Add(joining, second: 3, Both));
    }

    [Fact]
    public void A_bucket_waits_until_both_arms_have_answered()
    {
        var joining = new Joining(TimeSpan.Zero);

        Assert.Null(Add(joining, second: 0, new ArmCounts(10, 1, 0, 0)));
        Assert.Equal(new ArmCounts(10, 1, 5, 0), Add(joining, second: 1, new ArmCounts(0, 0, 5, 0)));
    }

    [Fact]
    public void What_waited_for_more_than_a_minute_is_dropped()
    {
        var joining = new Joining(TimeSpan.Zero);

        Assert.Null(Add(joining, second: 0, new ArmCounts(10, 10, 0, 0)));
        Assert.Equal(Both, Add(joining, second: 60, Both));
    }

    private static ArmCounts? Add(Joining joining, int second, ArmCounts sample) =>
        joining.Add(Noon.AddSeconds(second), Noon.AddSeconds(second + 1), sample);
}
