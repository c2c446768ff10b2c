using Orchestrator.HostAgent.Runtimes.Garden;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

public sealed class GardenNamesTests
{
    [Fact]
    public void A_long_id_gets_a_handle_that_fits_and_is_its_own()
    {
        var id = $"{new string('s', 63)}.{new string('t', 63)}.1.1.abcdef01";

        var handle = GardenNotes.HandleOf(id);

        Assert.Equal(49, handle.Length);
        Assert.Equal(handle, GardenNotes.HandleOf(id));
        Assert.Equal(handle, GardenNotes.HandleOf(handle));
        Assert.NotEqual(handle, GardenNotes.HandleOf(id[..^1] + "2"));
    }

    [Fact]
    public void A_short_id_stays_readable() =>
        Assert.Equal("cart.prod.1.1.abcdef01", GardenNotes.HandleOf("cart.prod.1.1.abcdef01"));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../images")]
    [InlineData("a/b")]
    [InlineData("-a")]
    public void No_id_leads_out_of_the_directory(string id)
    {
        var handle = GardenNotes.HandleOf(id);

        Assert.DoesNotContain('/', handle);
        Assert.False(handle.StartsWith('.'), handle);
    }

    [Theory]
    [InlineData("unix:///run/garden.sock")]
    [InlineData("http://127.0.0.1:7777")]
    [InlineData("http://garden.internal:7777/")]
    [InlineData("http://[::1]:7777")]
    public void An_address_is_a_socket_or_a_host_and_port(string text) =>
        Assert.True(GardenAddress.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("/run/garden.sock")]
    [InlineData("unix://host/run/garden.sock")]
    [InlineData("unix:///")]
    [InlineData("https://127.0.0.1:7777")]
    [InlineData("http://127.0.0.1:7777/v1")]
    [InlineData("http://user:word@127.0.0.1:7777")]
    [InlineData("http://127.0.0.1:7777?a=b")]
    [InlineData("tcp://127.0.0.1:7777")]
    public void Whatever_else_is_no_address(string text) => Assert.False(GardenAddress.TryParse(text, out _));

    [Fact]
    public void A_path_that_no_socket_can_have_is_no_address()
    {
        Assert.True(GardenAddress.TryParse("unix:///" + new string('a', 106), out _));
        Assert.False(GardenAddress.TryParse("unix:///" + new string('a', 107), out _));
    }
}
