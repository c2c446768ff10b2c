using System.Net;
using System.Net.Sockets;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class PortAllocatorTests
{
    private const int First = 20_950;

    [Fact]
    public void Each_instance_gets_a_port_of_its_own_and_keeps_it()
    {
        var ports = new PortAllocator(First, First + 9);

        var one = ports.Take("one", mayKeep: true);
        var two = ports.Take("two", mayKeep: true);

        Assert.NotEqual(one, two);
        Assert.Equal(one, ports.Take("one", mayKeep: true));
        Assert.NotEqual(one, ports.Take("one", mayKeep: false));
    }

    [Fact]
    public void A_port_that_somebody_listens_on_is_not_handed_out()
    {
        using var listener = new TcpListener(IPAddress.Loopback, First + 10);
        listener.Start();
        var ports = new PortAllocator(First + 10, First + 11);

        Assert.Equal(First + 11, ports.Take("one", mayKeep: true));
    }

    [Fact]
    public void With_none_left_it_says_so_and_a_released_one_is_handed_out_again()
    {
        var ports = new PortAllocator(First + 12, First + 12);
        ports.Take("one", mayKeep: true);

        Assert.Throws<RuntimeFailedException>(() => ports.Take("two", mayKeep: true));

        ports.Release("one");
        Assert.Equal(First + 12, ports.Take("two", mayKeep: true));
    }

    [Fact]
    public void Two_fleets_that_share_a_range_rarely_begin_at_the_same_port()
    {
        var begun = Enumerable
            .Range(0, 20)
            .Select(_ => new PortAllocator(First + 100, First + 299).Take("one", mayKeep: true));

        Assert.True(begun.Distinct().Count() > 2);
    }
}
