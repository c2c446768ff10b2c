using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class HostReferencesTests
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["PORT"] = "20001",
        ["ORC_HOST"] = "$(PORT)",
    };

    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData(":$(PORT)", ":20001")]
    [InlineData("$(PORT)$(PORT)", "2000120001")]
    [InlineData("$$(PORT)", "$(PORT)")]
    [InlineData("$$$(PORT)", "$$(PORT)")]
    [InlineData("$(ORC_HOST)", "$(PORT)")] // Once, and not again in what came out.
    [InlineData("$(HOME) $$(HOME) $( PORT ) $PORT ${PORT} $(", "$(HOME) $$(HOME) $( PORT ) $PORT ${PORT} $(")]
    public void What_the_host_knows_is_put_in(string text, string expected) =>
        Assert.Equal(expected, HostReferences.Expand(text, Known));

    [Fact]
    public void A_template_refers_to_the_host_and_cannot_speak_for_it()
    {
        var record = new InstanceRecord
        {
            Spec = Samples.AnInstance("cart.prod.1") with
            {
                Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["URL"] = "http://$(ORC_HOST):$(PORT)/",
                    ["ORC_HOST"] = "another",
                },
            },
            ContainerId = "cart.prod.1.1.0",
            Port = 20_001,
            Restarts = 0,
            WasReady = false,
        };
        var options = new HostAgentOptions { HostId = "h1" };

        var environment = InstanceEnvironment.Of(record, options);

        Assert.Equal("http://h1:20001/", environment["URL"]);
        Assert.Equal("h1", environment["ORC_HOST"]);
    }
}
