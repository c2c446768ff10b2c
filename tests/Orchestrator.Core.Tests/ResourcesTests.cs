namespace Orchestrator.Core.Tests;

public sealed class ResourcesTests
{
    private static readonly ResourceName Licence = ResourceName.Parse("licence.oracle");
    private static readonly ResourceName Port = ResourceName.Port(8080);

    [Fact]
    public void Resources_are_equal_whatever_order_they_are_written_in()
    {
        var one = new Resources(1, 2) { Counts = [new NamedCount(Licence, 2), new NamedCount(Port, 1)] };
        var other = new Resources(1, 2)
        {
            Counts = [new NamedCount(Port, 1), new NamedCount(Licence, 1), new NamedCount(Licence, 1)],
        };

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, one with { DiskMebibytes = 1 });
        Assert.NotEqual(one, one with { Counts = [] });
    }

    [Fact]
    public void What_is_given_back_leaves_nothing_behind()
    {
        var held = new Resources(1, 2) { DiskMebibytes = 3, Counts = [new NamedCount(Licence, 2)] };

        Assert.Equal(default, held - held);
        Assert.Equal(new Resources(1, 2) { DiskMebibytes = 3 }, held - new Resources { Counts = held.Counts });
    }

    [Fact]
    public void Sums_end_at_the_bounds_of_a_whole_number()
    {
        var most = new Resources(int.MaxValue, 1) { Counts = [new NamedCount(Licence, int.MaxValue)] };

        Assert.Equal(most with { MemoryMebibytes = 2 }, most + most);
        Assert.Equal(int.MinValue, (default(Resources) - most - most).CpuMillicores);
    }

    [Fact]
    public void Every_host_has_every_port_once()
    {
        var asked = new Resources { Counts = [new NamedCount(Port, 1)] };

        Assert.True(default(Resources).Covers(asked));
        Assert.False((default(Resources) - asked).Covers(asked));
        Assert.False(default(Resources).Covers(asked + asked));
    }

    [Theory]
    [InlineData("licence.oracle", ResourceKind.Countable)]
    [InlineData("fpga", ResourceKind.Countable)]
    [InlineData("port/any", ResourceKind.DynamicPorts)]
    [InlineData("port/65535", ResourceKind.Port)]
    [InlineData("device/gpu/15", ResourceKind.Device)]
    public void A_name_says_what_kind_it_is(string text, ResourceKind kind)
    {
        Assert.True(ResourceName.TryParse(text, out var name));
        Assert.Equal((text, kind), (name.Value, name.Kind));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Fpga")]
    [InlineData("fpga.")]
    [InlineData("port/0")]
    [InlineData("port/080")]
    [InlineData("port/65536")]
    [InlineData("device/gpu/16")]
    [InlineData("device/gpu")]
    [InlineData("device//1")]
    [InlineData("other/1")]
    public void Anything_else_is_no_name(string? text) => Assert.False(ResourceName.TryParse(text, out _));
}
