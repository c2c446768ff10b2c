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

    /// <summary>What all requests have.</summary>
    private static readonly object Urgent = new { reason = "urgent" };

    [Theory]
    [InlineData("services/cart/versions/1.0.0/express")]
    [InlineData("services/cart/versions/1.0.0/yank")]
    [InlineData("services/cart/versions/1.0.0/unyank")]
    [InlineData("halts")]
    [InlineData("windows/freeze/release")]
    [InlineData("rollouts/cart/1/prod/skip")]
    [InlineData("rollouts/cart/1/prod/promote")]
    [InlineData("trains/cart/1/review")]
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
    public async Task A_halt_is_a_window_that_says_who_made_it_and_is_released()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        var halt = await Site.ReadAsync<ActionResult>(
            await client.PostAsJsonAsync(
                "/v1/halts",
                new HaltRequest
                {
                    Services = ["cart"],
                    Stages = ["prod"],
                    WithinSeconds = 3_600,
                    Reason = "look",
                },
                Token
            )
        );
        var window = await Site.ReadAsync<WindowView>(await client.GetAsync($"/v1/windows/{halt.Subject}", Token));
        await client.PostAsJsonAsync($"/v1/windows/{halt.Subject}/release", Urgent, Token);
        var gone = await client.GetAsync($"/v1/windows/{halt.Subject}", Token);

        Assert.Equal(("halt", "look", false), (window.Effect, window.Reason, window.IsOpen));
        Assert.NotNull(window.ChangesAt);
        Assert.Equal(["cart"], window.Services);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("""{"services":["Cart"]}""", "invalid_name")]
    [InlineData("""{"services":["nobody"]}""", "line_unknown")]
    [InlineData("""{"withinSeconds":0}""", "out_of_range")]
    public async Task A_halt_that_makes_no_sense_is_refused(string body, string code)
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await client.PostAsync("/v1/halts", content, Token);

        Assert.Equal(code, (await Site.ProblemAsync(answer)).Code);
    }

    [Fact]
    public async Task A_window_that_is_applied_is_told_its_periods()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        var applied = await Site.ApplyAsync(
            client,
            """
            apiVersion: orchestrator/v1
            kind: Window
            metadata: {name: weekend}
            spec: {zone: Europe/Berlin, recurring: [{cron: 0 0 17 ? * FRI, lasts: 63h}], reason: nobody is there}
            """
        );
        applied.EnsureSuccessStatusCode();
        await UntilAsync(() => site.Conductor.Current.Cell.Windows.Values.Single().Periods.Length > 10);

        var windows = await Site.ReadAsync<Page<WindowView>>(await client.GetAsync("/v1/windows", Token));
        Assert.Equal(["0 0 17 ? * FRI for 63h"], Assert.Single(windows.Items).Times);
    }

    [Fact]
    public async Task A_window_that_never_comes_is_refused_with_its_place()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        var refused = await Site.ApplyAsync(
            client,
            """
            apiVersion: orchestrator/v1
            kind: Window
            metadata: {name: never}
            spec: {zone: UTC, recurring: [{cron: 0 0 0 30 2 ?, lasts: 1h}]}
            """
        );

        var error = Assert.Single((await Site.ProblemAsync(refused)).Errors);
        Assert.Equal(("invalid_cron", "spec.recurring[0].cron"), (error.Code, error.Path));
    }

    [Fact]
    public async Task Broken_glass_needs_a_reason_and_a_review_by_another()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);
        const string path = "/v1/services/cart/versions/1.0.0/express";

        var endless = await client.PostAsJsonAsync(
            path,
            new ExpressRequest { Reason = "r", BreakGlassSeconds = 1 },
            Token
        );
        var silent = await client.PostAsJsonAsync(path, new ExpressRequest { BreakGlassSeconds = 60 }, Token);
        var broken = await Site.ReadAsync<ActionResult>(
            await client.PostAsJsonAsync(path, new ExpressRequest { Reason = "r", BreakGlassSeconds = 60 }, Token)
        );
        var open = await ToReviewAsync(client);
        var own = await client.PostAsJsonAsync($"/v1/trains/{broken.Subject}/review", Urgent, Token);
        var other = await site.ClientAsync("operator");
        await other.PostAsJsonAsync($"/v1/trains/{broken.Subject}/review", Urgent, Token);

        Assert.Equal("out_of_range", (await Site.ProblemAsync(endless)).Code);
        Assert.Equal("reason_missing", (await Site.ProblemAsync(silent)).Code);
        Assert.StartsWith("BreakGlass by ", Assert.Single(open).Order, StringComparison.Ordinal);
        Assert.Equal("own_order", (await Site.ProblemAsync(own)).Code);
        Assert.Empty(await ToReviewAsync(client));
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

        Assert.Equal("cart 1.0.0", boards);
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

    [Fact]
    public async Task Coupled_services_leave_on_one_train_and_each_has_a_rollout_of_its_own()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);
        ManifestFile[] files =
        [
            new("service.yaml", Site.CartService.Replace("name: cart", "name: mail", StringComparison.Ordinal)),
            new("version.yaml", Site.CartVersion.Replace("service: cart", "service: mail", StringComparison.Ordinal)),
            new(
                "line.yaml",
                Line.Replace("service: cart", "service: cart, name: both", StringComparison.Ordinal)
                    .Replace("spec:", "spec:\n  coupled: [{service: mail}]", StringComparison.Ordinal)
            ),
        ];

        (
            await client.PostAsJsonAsync("/v1/apply", new ApplyRequest { Files = files }, Token)
        ).EnsureSuccessStatusCode();
        var lines = await Site.ReadAsync<Page<LineView>>(await client.GetAsync("/v1/lines?service=mail", Token));
        var left = await Site.ReadAsync<ActionResult>(
            await client.PostAsJsonAsync("/v1/services/mail/versions/1.0.0/express", Urgent, Token)
        );
        await UntilAsync(() => site.Conductor.Current.Cell.Rollouts.Count == 2);
        var train = await Site.ReadAsync<TrainView>(await client.GetAsync($"/v1/trains/{left.Subject}", Token));
        var mail = await Site.ReadAsync<RolloutView>(
            await client.GetAsync($"/v1/rollouts/{left.Subject}/staging?car=mail", Token)
        );
        var first = await Site.ReadAsync<RolloutView>(
            await client.GetAsync($"/v1/rollouts/{left.Subject}/staging", Token)
        );
        var nobody = await client.GetAsync($"/v1/rollouts/{left.Subject}/staging?car=Mail", Token);

        var line = Assert.Single(lines.Items);
        Assert.Equal(("both", "cart", "mail"), (line.Name, line.Service, Assert.Single(line.Coupled).Service));
        Assert.StartsWith("both/", left.Subject, StringComparison.Ordinal);
        Assert.Equal(["cart 1.0.0", "mail 1.0.0"], train.Consist.Select(car => $"{car.Service} {car.Version}"));
        Assert.Equal(($"{left.Subject}/staging/mail", "mail"), (mail.Id, mail.Service));
        Assert.Equal(($"{left.Subject}/staging", "cart"), (first.Id, first.Service));
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
    }

    private static async Task<IReadOnlyList<TrainView>> ToReviewAsync(HttpClient client) =>
        (await Site.ReadAsync<Page<TrainView>>(await client.GetAsync("/v1/trains?needsReview=true", Token))).Items;

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
