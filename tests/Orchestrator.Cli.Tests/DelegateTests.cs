using System.Text.Json;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class DelegateTests
{
    private static readonly ActionResult Done = new("1", "done", "orc delegate list");

    [Theory]
    [InlineData("2026-12-24", "2026-12-24T00:00:00+00:00")]
    [InlineData("2026-12-24T18:30Z", "2026-12-24T18:30:00+00:00")]
    [InlineData("2026-12-24T18:30:15+01:00", "2026-12-24T18:30:15+01:00")]
    public async Task A_delegation_is_sent_with_its_time(string text, string expected)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/delegations", Done);

        var run = await OrcRun.Of(
            server,
            "delegate",
            "create",
            "--to",
            "bo",
            "--group",
            "payments",
            "--until",
            text,
            "--reason",
            "away"
        );

        Assert.Equal(0, run.Code);
        var sent = JsonSerializer.Deserialize<DelegationRequest>(
            Assert.Single(server.Asked).Body,
            JsonSerializerOptions.Web
        )!;
        Assert.Equal(("bo", "payments", null, "away"), (sent.To, sent.Group, sent.Stage, sent.Reason));
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), sent.Until);
    }

    [Theory]
    [InlineData("--to bo --until 2026-12-24 --reason r")]
    [InlineData("--to bo --group a --stage b --until 2026-12-24 --reason r")]
    [InlineData("--to bo --group a --until soon --reason r")]
    [InlineData("--to bo --group a --until 2026-12-24")]
    [InlineData("--group a --until 2026-12-24 --reason r")]
    public async Task What_is_not_whole_or_not_clear_is_not_sent(string options)
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, ["delegate", "create", .. options.Split(' ')]);

        Assert.Equal(2, run.Code);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task Delegations_are_listed_and_revoked()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(
            "GET /v1/delegations",
            new DelegationView
            {
                Number = 3,
                From = "ana",
                To = "bo",
                Group = "payments",
                Stage = "",
                CreatedAt = OrcRun.Noon,
                Until = OrcRun.Noon.AddDays(1),
                Reason = "away",
                State = "open",
                Revoked = "",
            }
        );
        server.On("POST /v1/delegations/3/revoke", Done);

        var list = await OrcRun.Of(server, "delegate", "list");
        var revoke = await OrcRun.Of(server, "delegate", "revoke", "3", "--reason", "back");

        Assert.Contains("bo   ana  group payments  open", list.Out, StringComparison.Ordinal);
        Assert.Equal(0, revoke.Code);
    }
}
