using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class ExitCodeTests
{
    [Fact]
    public async Task A_command_that_did_its_work_ends_with_0()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage("GET /v1/services", A.Service);

        var run = await OrcRun.Of(server, "get", "services");

        Assert.Equal((0, ""), (run.Code, run.Error));
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("get")]
    [InlineData("get", "trolls")]
    [InlineData("publish", "checkoutservice")]
    [InlineData("get", "services", "-o", "xml")]
    [InlineData("apply")]
    [InlineData("wait", "checkoutservice", "--stage", "prod", "--timeout", "soon")]
    [InlineData("publish", "checkoutservice", "1.1.0", "--env", "NOVALUE")]
    [InlineData("publish", "checkoutservice", "1.1.0", "--until", "approval")]
    [InlineData("train", "cancel", "checkoutservice")]
    [InlineData("approve", "a/b/c/d/e")]
    [InlineData("get", "services", "..")]
    [InlineData("apply", "-f", "/does/not/exist.yaml")]
    public async Task A_wrong_command_line_ends_with_2_and_asks_nobody(params string[] arguments)
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, arguments);

        Assert.Equal(2, run.Code);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    [Theory]
    [InlineData(400, "manifest_invalid", 4)]
    [InlineData(401, "unauthorized", 4)]
    [InlineData(403, "forbidden", 4)]
    [InlineData(404, "not_found", 4)]
    [InlineData(409, "version_conflict", 4)]
    [InlineData(422, "manifest_invalid", 4)]
    [InlineData(409, "plan_stale", 6)]
    [InlineData(500, "bug", 1)]
    [InlineData(504, "late", 5)]
    public async Task A_problem_ends_with_the_code_of_its_kind(int status, string problemCode, int exitCode)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/hosts/h1/drain", Reply.Problem(status, problemCode, "No."));

        var run = await OrcRun.Of(server, "drain", "h1");

        Assert.Equal(exitCode, run.Code);
        Assert.StartsWith($"error: No. ({problemCode})", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Out);
    }

    [Fact]
    public async Task A_problem_says_what_is_wrong_where_and_what_to_do()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "POST /v1/diff",
            Reply.Problem(
                new Problem
                {
                    Title = "2 mistakes in 1 file.",
                    Status = 422,
                    Code = "manifest_invalid",
                    Detail = "Nothing was changed.",
                    Hint = "Correct them and apply again.",
                    Errors =
                    [
                        new ProblemPlace(
                            "a.yaml",
                            3,
                            5,
                            "spec.image",
                            "image_tag",
                            "A tag is not a digest.",
                            "Use name@sha256:…"
                        ),
                        new ProblemPlace("a.yaml", 0, 0, "", "empty", "No team.", ""),
                    ],
                }
            )
        );

        var run = await OrcRun.WithInput(server, "kind: Service", "diff", "-f", "-");

        Assert.Equal(4, run.Code);
        Assert.Equal(
            """
            error: 2 mistakes in 1 file. (manifest_invalid)
              Nothing was changed.
              a.yaml:3:5 spec.image: A tag is not a digest. (image_tag)
                hint: Use name@sha256:…
              a.yaml: No team. (empty)
              hint: Correct them and apply again.

            """,
            run.Error
        );
    }

    [Fact]
    public async Task A_problem_of_one_mistake_says_it_once()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "POST /v1/apply",
            Reply.Problem(
                new Problem
                {
                    Title = "A tag is not a digest.",
                    Status = 422,
                    Code = "manifest_invalid",
                    Detail = "Nothing was applied.",
                    Hint = "Use name@sha256:…",
                    Errors =
                    [
                        new ProblemPlace(
                            "a.yaml",
                            3,
                            5,
                            "spec.image",
                            "image_tag",
                            "A tag is not a digest.",
                            "Use name@sha256:…"
                        ),
                    ],
                }
            )
        );

        var run = await OrcRun.WithInput(server, "kind: Service", "apply", "-f", "-");

        Assert.Equal(4, run.Code);
        Assert.Equal(
            """
            error: a.yaml:3:5 spec.image: A tag is not a digest. (image_tag)
              hint: Use name@sha256:…
              Nothing was applied.

            """,
            run.Error
        );
    }

    [Fact]
    public async Task An_answer_that_is_no_problem_of_ours_is_refused_by_its_status()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/whoami", Reply.Text(401, "<h1>Who are you?</h1>"));

        var run = await OrcRun.Of(server, "whoami");

        Assert.Equal(4, run.Code);
        Assert.Contains("error: The answer is 401 Unauthorized. (http_401)", run.Error, StringComparison.Ordinal);
        Assert.Contains("hint: Set ORC_TOKEN", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_not_understood_fails_and_says_so()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/whoami", new { surprise = true });

        var run = await OrcRun.Of(server, "whoami");

        Assert.Equal(1, run.Code);
        Assert.Contains("is not understood", run.Error, StringComparison.Ordinal);
        Assert.Contains("another version", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("rollout", "watch", "--help")]
    [InlineData("publish", "-h")]
    public async Task Help_ends_with_0_and_asks_nobody(params string[] arguments)
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, arguments);

        Assert.Equal(0, run.Code);
        Assert.Contains("Usage:", run.Out, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    [Theory]
    [InlineData("stats", "status")]
    [InlineData("get servics", "services")]
    [InlineData("publsh a 1.0.0", "publish")]
    public async Task A_mistyped_word_is_met_with_the_one_that_was_meant(string command, string meant)
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, command.Split(' '));

        Assert.Equal(2, run.Code);
        Assert.Matches($"Did you mean .*{meant}", run.Error);
    }

    [Fact]
    public async Task The_help_of_the_program_explains_its_exit_codes()
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, "--help");

        Assert.All(
            ["0    done", "1    failed", "2    usage", "3    waits", "4    refused", "5    timed out", "6    the plan"],
            line => Assert.Contains(line, run.Out, StringComparison.Ordinal)
        );
    }
}
