namespace Orchestrator.Embedded.Tests;

public sealed class EmbeddedCommandTests
{
    [Fact]
    public async Task What_is_asked_for_is_what_runs()
    {
        EmbeddedOptions? ran = null;

        var exit = await RunAsync(
            ["--hosts", "3", "--data", "/tmp/x", "--runtime", "process"],
            options => ran = options
        );

        Assert.Equal(0, exit);
        Assert.Equal(3, ran?.Hosts);
        Assert.Equal("/tmp/x", ran?.DataDirectory);
        Assert.Equal("process", ran?.Runtime);
    }

    [Fact]
    public async Task The_command_that_leads_on_says_where_the_data_is_unless_it_is_where_orc_looks()
    {
        var (elsewhere, usual) = ("", "");

        await RunAsync(["--data", "/tmp/x"], options => elsewhere = EmbeddedCommand.StatusCommand(options));
        await RunAsync([], options => usual = EmbeddedCommand.StatusCommand(options));

        Assert.Equal("ORC_DATA=/tmp/x orc status", elsewhere);
        Assert.Equal("orc status", usual);
    }

    [Fact]
    public async Task The_gateway_speaks_http2_and_tells_its_metrics_where_it_is_asked_to_and_else_nowhere()
    {
        EmbeddedOptions? usual = null;
        EmbeddedOptions? ran = null;

        await RunAsync([], options => usual = options);
        var exit = await RunAsync(
            ["--gateway-http2", "http://127.0.0.1:7481", "--gateway-metrics", "http://127.0.0.1:7482"],
            options => ran = options
        );

        Assert.Equal((null, null), (usual?.GatewayHttp2Url, usual?.GatewayMetricsUrl));
        Assert.Equal(0, exit);
        Assert.Equal(
            ("http://127.0.0.1:7481", "http://127.0.0.1:7482"),
            (ran?.GatewayHttp2Url, ran?.GatewayMetricsUrl)
        );
    }

    [Theory]
    [InlineData("--hosts", "0")]
    [InlineData("--hosts", "51")]
    [InlineData("--hosts", "many")]
    [InlineData("--listen", "7400")]
    [InlineData("--listen", "https://127.0.0.1:7400")]
    [InlineData("--runtime", "garden")]
    [InlineData("--cpu", "-1")]
    [InlineData("--gateway-metrics", "9100")]
    [InlineData("--gateway-metrics", "http://127.0.0.1:7480")]
    [InlineData("--gateway-http2", "http://127.0.0.1:7400/")]
    [InlineData("--unknown", "x")]
    public async Task What_cannot_run_is_refused_before_anything_starts(string option, string value)
    {
        var hasRun = false;

        var exit = await RunAsync([option, value], _ => hasRun = true);

        Assert.NotEqual(0, exit);
        Assert.False(hasRun);
    }

    private static async Task<int> RunAsync(string[] args, Action<EmbeddedOptions> run)
    {
        var command = EmbeddedCommand.Create(
            (options, _) =>
            {
                run(options);
                return Task.FromResult(0);
            }
        );
        return await command.Parse(args).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);
    }
}
