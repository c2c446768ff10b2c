using System.Net;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class OrderTests
{
    private const string Line = """
        apiVersion: orchestrator/v1
        kind: Line
        metadata: {service: cart}
        spec:
          timetable: {cron: 0 0 4 1 1 ?, zone: UTC}
          route: [{stage: staging, count: 1}, {stage: prod, count: 2}]
        """;

    private static readonly RolloutAction Urgent = new() { Reason = "urgent" };

    [Theory]
    [InlineData("services/cart/versions/1.0.0/express")]
    [InlineData("services/cart/versions/1.0.0/yank")]
    [InlineData("services/cart/versions/1.0.0/unyank")]
    [InlineData("trains/cart/1/cancel")]
    [InlineData("trains/cart/1/retry")]
    [InlineData("trains/cart/1/recall")]
    public async Task Only_operators_order_trains(string path)
    {
        await using var site = await Site.StartAsync();
        var approver = await site.ClientAsync("approver:prod");

        var answer = await approver.PostAsJsonAsync($"/v1/{path}", Urgent, Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task An_express_is_a_train_of_its_own_that_says_who_ordered_it()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        var result = await Site.ReadAsync<ActionResult>(
            await client.PostAsJsonAsync("/v1/services/cart/versions/1.0.0/express", Urgent, Token)
        );
        var train = await Site.ReadAsync<TrainView>(await client.GetAsync($"/v1/trains/{result.Subject}", Token));

        Assert.StartsWith("Express by ", train.Order, StringComparison.Ordinal);
        Assert.EndsWith(": urgent", train.Order, StringComparison.Ordinal);
        Assert.Equal("1.0.0", Assert.Single(train.Consist).Version);
    }

    [Fact]
    public async Task A_yanked_version_says_so_and_neither_boards_nor_leaves()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);
        await UntilAsync(() => site.Conductor.Current.Cell.Trains.Count > 0);
        var boards = await BoardsAsync(client);

        await client.PostAsJsonAsync("/v1/services/cart/versions/1.0.0/yank", Urgent, Token);
        var versions = await Site.ReadAsync<Page<VersionView>>(await client.GetAsync("/v1/versions", Token));
        var express = await client.PostAsJsonAsync("/v1/services/cart/versions/1.0.0/express", Urgent, Token);

        Assert.Equal("1.0.0", boards);
        Assert.Equal("", await BoardsAsync(client));
        Assert.EndsWith(": urgent", Assert.Single(versions.Items).Yanked, StringComparison.Ordinal);
        Assert.Equal("version_yanked", (await Site.ProblemAsync(express)).Code);
    }

    [Theory]
    [InlineData("services/cart/versions/9.0.0/express", "version_unknown")]
    [InlineData("services/cart/versions/nine/express", "version_unknown")]
    [InlineData("services/shop/versions/1.0.0/express", "line_unknown")]
    [InlineData("trains/cart/77/recall", "train_unknown")]
    public async Task What_is_not_there_is_not_found(string path, string code)
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        var answer = await client.PostAsJsonAsync($"/v1/{path}", Urgent, Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(code, (await Site.ProblemAsync(answer)).Code);
    }

    [Theory]
    [InlineData("1.0.0", "never_succeeded")]
    [InlineData("one", "version_unknown")]
    public async Task A_rollback_that_makes_no_sense_is_refused(string version, string code)
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        var answer = await client.PostAsJsonAsync(
            "/v1/deployments/cart/prod/rollback",
            new RollbackRequest { Version = version },
            Token
        );

        Assert.Equal(code, (await Site.ProblemAsync(answer)).Code);
    }

    private static async Task<string> BoardsAsync(HttpClient client) =>
        Assert.Single((await Site.ReadAsync<Page<TrainView>>(await client.GetAsync("/v1/trains", Token))).Items).Boards;

    private static async Task<HttpClient> AFleetAsync(Site site)
    {
        var client = await site.ClientAsync("operator");
        ManifestFile[] files =
        [
            new("service.yaml", Site.CartService),
            new("version.yaml", Site.CartVersion),
            new("line.yaml", Line),
        ];
        var applied = await client.PostAsJsonAsync("/v1/apply", new ApplyRequest { Files = files }, Token);
        applied.EnsureSuccessStatusCode();
        return client;
    }
}
