using System.Text.Json;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class HostTokenTests
{
    private static readonly DateTimeOffset Expiry = new(2026, 5, 4, 13, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("host token", null, null)]
    [InlineData("host token --host web-7 --ttl 24h", "web-7", 86_400L)]
    [InlineData("host token --ttl 90s", null, 90L)]
    public async Task A_token_is_asked_for_with_its_host_and_time(string command, string? host, long? seconds)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/hosts/tokens", new HostTokenCreated("t1", host ?? "", Expiry, "orcjoin_x", "https://orc"));

        var run = await OrcRun.Of(server, command.Split(' '));

        Assert.Equal((0, ""), (run.Code, run.Error));
        var sent = JsonSerializer.Deserialize<HostTokenRequest>(server.Asked[^1].Body, JsonSerializerOptions.Web);
        Assert.Equal(new HostTokenRequest { Host = host, TtlSeconds = seconds }, sent);
        Assert.Contains("orcjoin_x", run.Out, StringComparison.Ordinal);
        var named = host is null ? "" : $" --host-id {host}";
        Assert.EndsWith(
            $"next: orchestrator-agent join https://orc --token-file FILE{named}\n",
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Open_tokens_are_listed_with_who_made_them()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage("GET /v1/hosts/tokens", new HostTokenView("t1", "", "ana", Expiry.AddHours(-1), Expiry));

        var run = await OrcRun.Of(server, "host", "tokens");

        Assert.Equal(0, run.Code);
        Assert.Matches(@"t1 +any .*ana", run.Out);
    }

    [Theory]
    [InlineData("host revoke t1", "DELETE /v1/hosts/tokens/t1")]
    [InlineData("host forget web-7", "POST /v1/hosts/web-7/forget")]
    public async Task What_was_given_is_taken_back(string command, string request)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(request, new ActionResult("it", "It is gone.", "orc hosts"));

        var run = await OrcRun.Of(server, command.Split(' '));

        Assert.Equal((0, "it: It is gone.\nnext: orc hosts\n"), (run.Code, run.Out));
    }

    [Theory]
    [InlineData("host describe h1", "describe host h1")]
    [InlineData("host list", "hosts")]
    public async Task A_host_is_shown_alike_whichever_way_it_is_asked_for(string one, string other)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/hosts/h1", A.Host).OnPage("GET /v1/hosts", A.Host);

        var first = await OrcRun.Of(server, one.Split(' '));
        var second = await OrcRun.Of(server, other.Split(' '));

        Assert.Equal(0, first.Code);
        Assert.Equal(second.Out, first.Out);
    }
}
