using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Orchestrator.HostAgent.Tests;

/// <summary>Options as they are read, from texts.</summary>
public sealed class HostAgentOptionsTests
{
    [Theory]
    [InlineData("licence.oracle", "two")]
    [InlineData("licence.oracle", "-1")]
    [InlineData("licence.oracle", "1000001")]
    [InlineData("licence.oracle", "99999999999")]
    [InlineData("licence.oracle", "1.5")]
    [InlineData("licence.oracle", "")]
    [InlineData("Licence", "1")]
    public void A_resource_that_is_none_is_refused_and_named(string name, string count)
    {
        var result = Assert.Single(Check(Read((name, count))));

        Assert.Contains($"Agent:Resources:{name}={count} is not a resource", result.ErrorMessage);
    }

    [Fact]
    public void Resources_are_counted_by_name()
    {
        var options = Read(("licence.oracle", "2"), ("fpga", "0"));

        Assert.Empty(Check(options));
        Assert.Equal([("fpga", 0), ("licence.oracle", 2)], options.ToCounts().Select(each => (each.Key, each.Value)));
    }

    [Theory]
    [InlineData("unix:///run/garden.sock", "", 0)]
    [InlineData("http://127.0.0.1:7777", "/srv/depot", 0)]
    [InlineData("", "", 1)]
    [InlineData("/run/garden.sock", "", 1)]
    [InlineData("unix:///run/garden.sock", "depot", 1)]
    public void Garden_needs_to_be_found(string url, string depot, int refusals)
    {
        var options = Read();
        options.Runtime = "garden";
        options.GardenUrl = url;
        options.GardenDepot = depot;

        Assert.Equal(refusals, Check(options).Count);
    }

    [Theory]
    [InlineData("rkt", "", "host", 0)]
    [InlineData("/usr/bin/rkt", "/usr/lib/rkt/stage1-fly.aci", "none", 0)]
    [InlineData("/usr/bin/rkt", "coreos.com/rkt/stage1-fly:1.30.0", "default", 0)]
    [InlineData("bin/rkt", "", "host", 1)]
    [InlineData("rkt", "stage1-fly.aci", "host", 1)]
    [InlineData("rkt", "../stage1", "host", 1)]
    [InlineData("rkt", "", "host,default", 1)]
    [InlineData("rkt", "", "--debug", 1)]
    [InlineData("", "", "host", 1)]
    public void Rkt_is_found_or_what_is_wrong_is_named(string path, string stage1, string network, int refusals)
    {
        var options = Read();
        options.Runtime = "rkt";
        options.RktPath = path;
        options.RktStage1 = stage1;
        options.RktNetwork = network;

        var results = Check(options);

        Assert.Equal(refusals, results.Count);
        Assert.All(results, result => Assert.Contains("Rkt", result.ErrorMessage, StringComparison.Ordinal));
    }

    private static HostAgentOptions Read(params (string Name, string Count)[] resources)
    {
        var texts = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Agent:HostId"] = "h1",
            ["Agent:DataDirectory"] = "/var/lib/agent",
        };
        foreach (var (name, count) in resources)
        {
            texts[$"Agent:Resources:{name}"] = count;
        }

        var section = new ConfigurationBuilder()
            .AddInMemoryCollection(texts)
            .Build()
            .GetSection(HostAgentOptions.Section);
        return section.Get<HostAgentOptions>() ?? throw new InvalidOperationException("Nothing was read.");
    }

    private static List<ValidationResult> Check(HostAgentOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results;
    }
}
