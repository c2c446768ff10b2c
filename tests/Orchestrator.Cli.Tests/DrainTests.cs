using System.Text.Json;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class DrainTests
{
    private const string Drain = "POST /v1/hosts/h1/drain";
    private const string Host = "GET /v1/hosts/h1";
    private static readonly ActionResult Accepted = new("h1", "h1 is draining, without a deadline.", "orc hosts");
    private static readonly HostView Draining = A.Host with { State = "Draining", Reason = "shop.prod has 2 left" };

    [Theory]
    [InlineData("drain h1", "", null)]
    [InlineData("drain h1 --deadline 30m --reason kernel", "kernel", 1800L)]
    [InlineData("drain h1 --deadline 90s", "", 90L)]
    public async Task A_drain_sends_its_deadline_and_reason(string command, string reason, long? seconds)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Drain, Accepted);

        var run = await OrcRun.Of(server, command.Split(' '));

        Assert.Equal((0, ""), (run.Code, run.Error));
        var sent = JsonSerializer.Deserialize<DrainRequest>(server.Asked[^1].Body, JsonSerializerOptions.Web);
        Assert.Equal(new DrainRequest { Reason = reason, DeadlineSeconds = seconds }, sent);
    }

    [Fact]
    public async Task A_wait_for_a_drain_says_what_it_waits_for_and_ends_when_nothing_is_left()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .On(Drain, Accepted)
            .On(Host, A.Host, Draining, Draining, A.Host with { State = "Drained", Instances = 0 });

        var run = await OrcRun.Of(server, "drain", "h1", "--wait");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("12:00:01Z  h1 is Draining: shop.prod has 2 left", run.Out, StringComparison.Ordinal);
        Assert.Contains("Drained", run.Out, StringComparison.Ordinal);
        Assert.EndsWith("next: orc uncordon h1\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_for_a_drain_that_somebody_cancels_fails()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Drain, Accepted).On(Host, Draining, A.Host);

        var run = await OrcRun.Of(server, "drain", "h1", "--wait");

        Assert.Equal(1, run.Code);
        Assert.Contains("The drain of h1 was cancelled: it is Ready.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_for_a_drain_that_takes_too_long_ends_with_5()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(Drain, Accepted).On(Host, Draining);

        var run = await OrcRun.Of(server, "drain", "h1", "--wait", "--timeout", "10s");

        Assert.Equal(5, run.Code);
        Assert.Contains("and the drain goes on", run.Error, StringComparison.Ordinal);
    }
}
