using System.Text.Json;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class ApplyTests : IDisposable
{
    private static readonly ApplyResult Result = new(
        "4f2a91",
        [
            new ObjectChange("Service", "adservice", "unchanged", []),
            new ObjectChange("Service", "checkoutservice", "updated", ["template.cpu: 100 → 200", "team: a → b"]),
        ]
    );

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("orc-apply-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_diff_shows_the_differences_and_the_command_that_applies_just_them()
    {
        var file = Write("check out.yaml", "kind: Service");
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/diff", Result);

        var run = await OrcRun.Of(server, "diff", "-f", file);

        Assert.Equal(
            $"""
            ACTION     KIND     NAME             DIFFERENCES
            unchanged  Service  adservice        -
            updated    Service  checkoutservice  template.cpu: 100 → 200
            "          "        "                team: a → b
            1 unchanged, 1 updated
            next: orc apply -f '{file}' --plan 4f2a91

            """,
            run.Out
        );
    }

    [Fact]
    public async Task Apply_sends_every_file_below_a_directory_in_order_with_its_name()
    {
        Write("b.yaml", "b");
        Write("deep/c.yml", "c");
        Write("a.json", "a");
        Write("README.md", "not a manifest");
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/apply", Result);

        var run = await OrcRun.Of(server, "apply", "-f", _directory.FullName, "--plan", "4f2a91");

        Assert.Equal(0, run.Code);
        var sent = Sent(server);
        Assert.Equal("4f2a91", sent.PlanId);
        Assert.Equal(
            [("a.json", "a"), ("b.yaml", "b"), ("deep/c.yml", "c")],
            sent.Files.Select(file => (Path.GetRelativePath(_directory.FullName, file.File), file.Text))
        );
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/diff", Result);

        var run = await OrcRun.WithInput(server, "kind: Service", "apply", "-f", "-", "--dry-run");

        Assert.Equal(0, run.Code);
        Assert.Equal("POST /v1/diff", Assert.Single(server.Asked).Request);
        Assert.Equal(new ManifestFile("-", "kind: Service"), Assert.Single(Sent(server).Files));
    }

    [Fact]
    public async Task A_stale_plan_ends_with_6()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/apply", Reply.Problem(409, "plan_stale", "The state has moved since the plan."));

        var run = await OrcRun.WithInput(server, "kind: Service", "apply", "-f", "-", "--plan", "old");

        Assert.Equal(6, run.Code);
    }

    [Fact]
    public async Task What_is_too_large_for_a_request_is_not_read_into_memory()
    {
        var file = Path.Combine(_directory.FullName, "huge.yaml");
        await using (var stream = File.Create(file))
        {
            stream.SetLength(8L << 30); // Sparse: it takes no room.
        }

        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, "apply", "-f", file);

        Assert.Equal(4, run.Code);
        Assert.Contains("huge.yaml", run.Error, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task A_directory_without_manifests_is_a_mistake()
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, "apply", "-f", _directory.FullName);

        Assert.Equal(2, run.Code);
    }

    private static ApplyRequest Sent(FakeControlPlane server) =>
        JsonSerializer.Deserialize<ApplyRequest>(server.Asked[^1].Body, JsonSerializerOptions.Web)!;

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
