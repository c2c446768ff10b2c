using System.Net;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Pages;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class NotesTests
{
    private const string Repository = "https://github.com/shop/cart";

    private const string Line = """
        apiVersion: orchestrator/v1
        kind: Line
        metadata: {service: cart}
        spec:
          timetable: {cron: 0 0 4 1 1 ?, zone: UTC}
          route: [{stage: staging, count: 1}, {stage: prod, count: 2}]
        """;

    [Fact]
    public async Task A_version_keeps_what_it_was_made_from_and_is_the_same_when_that_is_said_anew()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        await PublishAsync(client, "1.1.0", Repository, Commit('1'));
        var again = await Site.ReadAsync<PublishResult>(
            await PublishAsync(client, "1.1.0", "git@elsewhere:cart", Commit('2'))
        );
        var versions = await Site.ReadAsync<Page<VersionView>>(
            await client.GetAsync("/v1/versions?service=cart", Token)
        );

        Assert.Equal("unchanged", again.Action);
        var version = Assert.Single(versions.Items, each => each.Version == "1.1.0");
        Assert.Equal((Repository, Commit('1')), (version.Repository, version.Commit));
    }

    [Theory]
    [InlineData("https://ci:secret@github.com/shop/cart", "1111111111111111111111111111111111111111")]
    [InlineData("https://github.com/shop/cart", "1111111")]
    [InlineData("https://github.com/shop/cart", null)]
    [InlineData(null, "1111111111111111111111111111111111111111")]
    public async Task What_is_no_repository_with_a_commit_is_refused_and_nothing_is_published(
        string? repository,
        string? commit
    )
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);

        var answer = await PublishAsync(client, "1.1.0", repository, commit);

        var problem = await Site.ProblemAsync(answer);
        Assert.Equal("invalid_provenance", problem.Code);
        Assert.DoesNotContain("secret", problem.Title + problem.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain(
            site.Conductor.Current.Cell.Versions.Values,
            version => version.Number.ToString() == "1.1.0"
        );
    }

    [Fact]
    public async Task Notes_tell_what_a_train_brings_to_a_stage_and_what_lies_between_two_versions()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);
        await PublishAsync(client, "1.1.0", Repository, Commit('1'));
        await PublishAsync(client, "1.2.0", Repository, Commit('2'));
        var left = await Site.ReadAsync<ActionResult>(
            await client.PostAsJsonAsync("/v1/services/cart/versions/1.2.0/express", new { reason = "urgent" }, Token)
        );

        var train = await Site.ReadAsync<NotesView>(
            await client.GetAsync($"/v1/trains/{left.Subject}/notes?stage=prod", Token)
        );
        var between = await Site.ReadAsync<NotesView>(
            await client.GetAsync("/v1/services/cart/notes?from=1.1.0", Token)
        );

        var car = Assert.Single(train.Cars);
        Assert.Equal((left.Subject, "prod"), (train.Of, train.Stage));
        Assert.Equal(("", "1.2.0", Commit('2')), (car.FromVersion, car.ToVersion, car.Commits?.To));
        Assert.Equal(["Nothing ran there before."], car.Remarks);
        Assert.Equal("", between.Stage);
        Assert.Equal(
            $"{Repository}/compare/{Commit('1')}...{Commit('2')}",
            Assert.Single(between.Cars).Commits?.CompareUrl
        );
    }

    [Fact]
    public async Task The_status_page_says_what_the_train_under_way_brings()
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);
        await PublishAsync(client, "1.2.0", Repository, Commit('2'));
        await client.PostAsJsonAsync("/v1/services/cart/versions/1.2.0/express", new { reason = "urgent" }, Token);
        await UntilAsync(() => site.Conductor.Current.Cell.Rollouts.Count > 0);

        var line = StatusModels.Of(site.Conductor.Current).Lines.Shown.Single();

        var car = Assert.Single(line.EnRoute!.Brings.Cars);
        Assert.Equal(("cart", "first version 1.2.0", "up to 22222222"), (car.Service, car.Text, car.Commits));
    }

    [Theory]
    [InlineData("trains/cart/99/notes", "train_unknown")]
    [InlineData("trains/cart/1/notes?stage=moon", "stage_unknown")]
    [InlineData("services/nobody/notes", "service_unknown")]
    [InlineData("services/cart/notes?from=7.0.0", "version_unknown")]
    [InlineData("services/cart/notes?to=seven", "version_unknown")]
    [InlineData("services/cart/notes?stage=Moon", "stage_unknown")]
    public async Task What_there_is_no_note_of_is_refused(string path, string code)
    {
        await using var site = await Site.StartAsync();
        var client = await AFleetAsync(site);
        await UntilAsync(() => !site.Conductor.Current.Cell.Trains.IsEmpty);

        var answer = await client.GetAsync($"/v1/{path}", Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(code, (await Site.ProblemAsync(answer)).Code);
    }

    private static string Commit(char digit) => new(digit, 40);

    private static Task<HttpResponseMessage> PublishAsync(
        HttpClient client,
        string version,
        string? repository,
        string? commit
    ) =>
        client.PostAsJsonAsync(
            "/v1/services/cart/versions",
            new PublishRequest
            {
                Version = version,
                Repository = repository,
                Commit = commit,
            },
            Token
        );

    private static async Task<HttpClient> AFleetAsync(Site site)
    {
        var client = await site.ClientAsync("operator", "publisher:shop");
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
