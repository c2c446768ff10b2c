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
