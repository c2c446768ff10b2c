using System.Net;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class InquiryTests
{
    [Fact]
    public async Task Whoever_may_only_read_runs_no_programs()
    {
        await using var site = await Site.StartAsync();
        var viewer = await site.ClientAsync("viewer");

        var response = await viewer.PostAsJsonAsync(
            "/v1/instances/cart.prod.1/exec",
            new ExecRequest { Arguments = ["id"] },
            Token
        );

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("role_missing", (await Site.ProblemAsync(response)).Code);
    }

    [Theory]
    [InlineData("""{"arguments":[]}""", "no program")]
    [InlineData("""{"arguments":[""]}""", "no program")]
    [InlineData("""{"arguments":["a\u0000b"]}""", "NUL")]
    [InlineData("""{"arguments":["a"],"timeoutSeconds":0}""", "1 to 60 seconds")]
    [InlineData("""{"arguments":["a"],"timeoutSeconds":61}""", "1 to 60 seconds")]
    public async Task A_program_that_cannot_be_run_is_refused(string body, string title)
    {
        await using var site = await Site.StartAsync();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        var problem = await Site.ProblemAsync(
            await site.Admin().PostAsync("/v1/instances/cart.prod.1/exec", content, Token)
        );

        Assert.Equal((422, "exec_invalid"), (problem.Status, problem.Code));
        Assert.Contains(title, problem.Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_an_instance_that_is_not_there_nothing_is_run_and_nothing_is_written_down()
    {
        await using var site = await Site.StartAsync();

        var response = await site.Admin()
            .PostAsJsonAsync("/v1/instances/cart.prod.1/exec", new ExecRequest { Arguments = ["id"] }, Token);

        Assert.Equal("instance_unknown", (await Site.ProblemAsync(response)).Code);
    }

    [Theory]
    [InlineData("""{"path":"tmp/x","content":""}""", "absolute path")]
    [InlineData("""{"path":"/tmp/\u0000x","content":""}""", "absolute path")]
    [InlineData("""{"path":"/tmp/x","mode":"0888","content":""}""", "octal")]
    [InlineData("""{"path":"/tmp/x","mode":"07777","content":""}""", "octal")]
    [InlineData("""{"path":"/tmp/x","content":"no base64!"}""", "base64")]
    public async Task A_file_that_cannot_be_copied_is_refused(string body, string title)
    {
        await using var site = await Site.StartAsync();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        var problem = await Site.ProblemAsync(
            await site.Admin().PostAsync("/v1/instances/cart.prod.1/files", content, Token)
        );

        Assert.Equal((422, "copy_invalid"), (problem.Status, problem.Code));
        Assert.Contains(title, problem.Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_too_large_for_a_message_is_refused()
    {
        await using var site = await Site.StartAsync();
        var request = new FileCopyRequest
        {
            Path = "/tmp/x",
            Content = Convert.ToBase64String(new byte[(512 * 1024) + 1]),
        };

        var response = await site.Admin().PostAsJsonAsync("/v1/instances/cart.prod.1/files", request, Token);

        Assert.Contains("512 KiB", (await Site.ProblemAsync(response)).Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_may_only_read_copies_nothing_and_nobody_copies_into_what_is_not_there()
    {
        await using var site = await Site.StartAsync();
        var viewer = await site.ClientAsync("viewer");
        var request = new FileCopyRequest { Path = "/tmp/x", Content = "" };

        var forbidden = await viewer.PostAsJsonAsync("/v1/instances/cart.prod.1/files", request, Token);
        var unknown = await site.Admin().PostAsJsonAsync("/v1/instances/cart.prod.1/files", request, Token);

        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Assert.Equal("instance_unknown", (await Site.ProblemAsync(unknown)).Code);
    }

    [Theory]
    [InlineData("/v1/usage?service=nobody")]
    [InlineData("/v1/usage?host=h99")]
    public async Task What_is_not_there_is_not_measured(string path)
    {
        await using var site = await Site.StartAsync();

        var response = await site.Admin().GetAsync(path, Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Where_nothing_runs_nothing_is_used()
    {
        await using var site = await Site.StartAsync();

        var usage = await Site.ReadAsync<UsageView>(await site.Admin().GetAsync("/v1/usage", Token));

        Assert.Empty(usage.Instances);
        Assert.Empty(usage.Silent);
    }
}
