using Orchestrator.HostAgent.Instances;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class RestartDelayTests
{
    [Fact]
    public void The_first_restart_is_almost_at_once_and_later_ones_double_up_to_the_cap()
    {
        var delays = Enumerable.Range(1, 9).Select(failures => RestartDelay.After(failures).TotalSeconds);

        Assert.Equal([0.1, 1, 2, 4, 8, 16, 32, 60, 60], delays);
    }

    [Fact]
    public void However_often_it_failed_the_delay_stays_at_the_cap() =>
        Assert.Equal(RestartDelay.Cap, RestartDelay.After(int.MaxValue));
}
