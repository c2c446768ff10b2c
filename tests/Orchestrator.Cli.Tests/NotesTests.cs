using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class NotesTests : IDisposable
{
    private const string Repository = "https://github.com/shop/checkout";
    private const string Old = "1111111111111111111111111111111111111111";
    private const string New = "2222222222222222222222222222222222222222";

    private readonly DirectoryInfo _clone = Directory.CreateTempSubdirectory("orc-notes-");

    public void Dispose() => _clone.Delete(recursive: true);

    [Fact]
    public async Task Notes_of_a_train_tell_each_car_with_versions_commits_and_a_link()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/trains/checkoutservice/118/notes?stage=prod", TheNotes(Old, New));

        var run = await OrcRun.Of(server, "notes", "checkoutservice/118", "--stage", "prod");

        Assert.Equal(
            """
            Notes:    checkoutservice 1.0.0 → 1.2.0 at prod
            Commits:  1111111111..2222222222 of https://github.com/shop/checkout
            https://github.com/shop/checkout/compare/1...2
            VERSION  PUBLISHED             BY   COMMITS                 NOTE
            1.2.0    2026-03-10 12:00:00Z  ana  not known               configuration only; env.LEVEL: info → debug
            1.1.0    2026-03-10 12:00:00Z  bo   1111111111..2222222222  yanked by ola: slow
            and 1 older version
            Notes:       cartservice 2.0.0 → 1.9.0 at prod, back
            Takes back:  1111111111..2222222222 of https://github.com/shop/checkout
            Note:        This goes back: it takes away what 2.0.0 had brought.
            next: orc train status checkoutservice/118

            """,
            run.Out
        );
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task Notes_of_a_service_are_asked_for_with_their_ends_and_are_an_object()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/services/checkoutservice/notes?from=1.0.0&to=1.2.0", TheNotes(Old, New));

        var run = await OrcRun.Of(server, "notes", "checkoutservice", "--from", "1.0.0", "--to", "1.2.0", "-o", "json");

        Assert.Equal("1.2.0", run.Json.GetProperty("cars")[0].GetProperty("toVersion").GetString());
        Assert.Equal(0, run.Json.GetProperty("log").GetArrayLength());
    }

    [Fact]
    public async Task Versions_are_not_named_for_a_train()
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, "notes", "checkoutservice/118", "--to", "1.2.0");

        Assert.Equal(2, run.Code);
        Assert.Contains("--from and --to are for services", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_clone_the_subjects_of_the_commits_are_listed()
    {
        var (first, last) = AClone();
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/trains/checkoutservice/118/notes", TheNotes(first, last));

        var run = await OrcRun.Of(server, "notes", "checkoutservice/118", "--git", _clone.FullName, "-o", "json");

        var log = run.Json.GetProperty("log")[0];
        Assert.Equal("checkoutservice", log.GetProperty("service").GetString());
        Assert.Equal(
            ["third: tab\tin it", "second"],
            log.GetProperty("commits").EnumerateArray().Select(each => each.GetProperty("subject").GetString())
        );
    }

    [Fact]
    public async Task Commits_that_the_clone_does_not_have_are_an_error_that_says_which()
    {
        AClone();
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/trains/checkoutservice/118/notes", TheNotes(Old, New));

        var run = await OrcRun.Of(server, "notes", "checkoutservice/118", "--git", _clone.FullName);

        Assert.Equal(1, run.Code);
        Assert.Equal("", run.Out);
        Assert.Contains($"does not have {Old} and {New} of {Repository}", run.Error, StringComparison.Ordinal);
        Assert.Contains("fetch", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GITHUB_SERVER_URL=https://github.com GITHUB_REPOSITORY=shop/checkout GITHUB_SHA=c0ffee")]
    [InlineData("CI_PROJECT_URL=https://github.com/shop/checkout CI_COMMIT_SHA=c0ffee")]
    [InlineData("BITBUCKET_GIT_HTTP_ORIGIN=https://github.com/shop/checkout BITBUCKET_COMMIT=c0ffee")]
    [InlineData("GIT_URL=https://github.com/shop/checkout GIT_COMMIT=c0ffee")]
    [InlineData(
        "ORC_REPOSITORY=https://github.com/shop/checkout ORC_COMMIT=c0ffee GITHUB_SHA=beef GIT_URL=x GIT_COMMIT=y"
    )]
    public async Task A_build_server_says_by_itself_what_a_version_was_made_from(string variables)
    {
        var sent = await PublishedWith(variables);

        Assert.Equal((Repository, "c0ffee"), (sent.Repository, sent.Commit));
    }

    [Fact]
    public async Task What_is_said_by_options_wins_and_half_of_the_variables_is_nothing()
    {
        var said = await PublishedWith(
            "GIT_URL=https://elsewhere/x GIT_COMMIT=beef",
            "--repository",
            Repository,
            "--commit",
            "c0ffee"
        );
        var half = await PublishedWith("GIT_URL=https://elsewhere/x GITHUB_SHA=beef");

        Assert.Equal((Repository, "c0ffee"), (said.Repository, said.Commit));
        Assert.Equal((null, null), (half.Repository, half.Commit));
    }

    private static async Task<PublishRequest> PublishedWith(string variables, params string[] options)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "POST /v1/services/checkoutservice/versions",
            new PublishResult("checkoutservice", "1.1.0", "created", "sha256:1", "", DepartsAt: null)
        );
        var all = variables
            .Split(' ')
            .Select(each => each.Split('=', 2))
            .Append(["ORC_ADDR", server.Address])
            .Append(["ORC_TOKEN", "secret"])
            .ToDictionary(each => each[0], each => each[1], StringComparer.Ordinal);

        var run = await OrcRun.WithVariables(all, ["publish", "checkoutservice", "1.1.0", .. options]);

        Assert.Equal(0, run.Code);
        return JsonSerializer.Deserialize<PublishRequest>(server.Asked[^1].Body, JsonSerializerOptions.Web)!;
    }

    /// <summary>Three commits, of which the first and the last are returned.</summary>
    private (string First, string Last) AClone()
    {
        Git("init", "-q");
        Git("commit", "-q", "--allow-empty", "-m", "first");
        var first = Git("rev-parse", "HEAD").Trim();
        Git("commit", "-q", "--allow-empty", "-m", "second");
        Git("commit", "-q", "--allow-empty", "-m", "third: tab\tin it", "-m", "and a body");
        return (first, Git("rev-parse", "HEAD").Trim());
    }

    private string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { RedirectStandardOutput = true, UseShellExecute = false };
        string[] all = ["-C", _clone.FullName, "-c", "user.name=ana", "-c", "user.email=ana@x", .. arguments];
        foreach (var argument in all)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private static NotesView TheNotes(string from, string to)
    {
        var range = new CommitRangeView(Repository, from, to, $"{Repository}/compare/1...2");
        var car = new CarNotesView
        {
            Service = "checkoutservice",
            FromVersion = "1.0.0",
            ToVersion = "1.2.0",
            IsWayBack = false,
            Commits = range,
            Versions =
            [
                new VersionNotesView("1.2.0", "ana", OrcRun.Noon, null, true, ["env.LEVEL: info → debug"], ""),
                new VersionNotesView("1.1.0", "bo", OrcRun.Noon, range, false, [], "by ola: slow"),
            ],
            MoreVersions = 1,
            Remarks = [],
        };
        return new NotesView
        {
            Of = "checkoutservice/118",
            Stage = "prod",
            Cars =
            [
                car,
                car with
                {
                    Service = "cartservice",
                    FromVersion = "2.0.0",
                    ToVersion = "1.9.0",
                    IsWayBack = true,
                    Commits = range with { CompareUrl = "" },
                    Versions = [],
                    MoreVersions = 0,
                    Remarks = ["This goes back: it takes away what 2.0.0 had brought."],
                },
            ],
        };
    }
}
