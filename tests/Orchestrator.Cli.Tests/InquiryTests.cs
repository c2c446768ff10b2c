using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class InquiryTests
{
    private static readonly ExecResult Ran = new()
    {
        ExitCode = 3,
        Output = "out\n",
        Errors = "oh\n",
        IsCut = true,
        Failure = "",
    };

    [Fact]
    public async Task A_program_prints_what_it_printed_and_ends_with_its_own_code()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/instances/a.b.1/exec", Ran);

        var run = await OrcRun.WithInput(server, "some", "exec", "a.b.1", "-i", "--timeout", "20s", "--", "cat", "-n");

        Assert.Equal((3, "out\n"), (run.Code, run.Out));
        Assert.Contains("oh\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("only 64 KiB", run.Error, StringComparison.Ordinal);
        Assert.Equal(
            """{"arguments":["cat","-n"],"input":"some","timeoutSeconds":20}""",
            Assert.Single(server.Asked).Body
        );
    }

    [Fact]
    public async Task One_that_did_not_end_is_a_failure_with_what_it_printed_until_then()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/instances/a.b.1/exec", Ran with { ExitCode = null, Failure = "it was killed" });

        var run = await OrcRun.Of(server, "exec", "a.b.1", "--", "sleep", "100");

        Assert.Equal((1, "out\n"), (run.Code, run.Out));
        Assert.Contains("it was killed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_program_nothing_is_asked()
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, "exec", "a.b.1");

        Assert.Equal(2, run.Code);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task A_file_is_sent_as_it_is_with_the_permissions_that_it_needs()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "POST /v1/instances/a.b.1/files",
            new ActionResult("a.b.1", "5 bytes are in /tmp/x now.", "orc exec")
        );
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "hello", TestContext.Current.CancellationToken);

            var run = await OrcRun.Of(server, "cp", file, "a.b.1:/tmp/x");
            await OrcRun.Of(server, "cp", file, "a.b.1:/tmp/x:y", "--mode", "0700");

            Assert.Equal(0, run.Code);
            Assert.Contains("5 bytes are in /tmp/x now.", run.Out, StringComparison.Ordinal);
            Assert.Equal(
                [
                    """{"path":"/tmp/x","mode":"0644","content":"aGVsbG8="}""",
                    """{"path":"/tmp/x:y","mode":"0700","content":"aGVsbG8="}""",
                ],
                server.Asked.Select(each => each.Body)
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("a.b.1")]
    [InlineData("a.b.1:tmp/x")]
    [InlineData(":/tmp/x")]
    public async Task A_file_goes_nowhere_without_an_instance_and_an_absolute_path(string target)
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, "cp", "/dev/null", target);

        Assert.Equal(2, run.Code);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task Use_is_shown_beside_what_was_asked_for_and_who_was_silent()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "GET /v1/usage?service=cart&stage=prod&host=h1",
            new UsageView
            {
                Instances =
                [
                    new InstanceUsageView
                    {
                        Instance = "cart.prod.1",
                        Host = "h1",
                        Version = "1.0.0",
                        CpuMillicores = 250,
                        CpuRequestMillicores = 100,
                        MemoryMebibytes = 12.34,
                        MemoryRequestMebibytes = 64,
                        Tasks = 7,
                    },
                ],
                Silent = [new SilentHost("h2", "it did not answer within 5 s")],
            }
        );

        var run = await OrcRun.Of(server, "top", "cart.prod", "--host", "h1");

        Assert.Equal(0, run.Code);
        Assert.Matches("cart.prod.1 +1.0.0 +h1 +250/100 +12.3/64 +7", run.Out);
        Assert.Matches("h2 +it did not answer within 5 s", run.Out);
    }
}
