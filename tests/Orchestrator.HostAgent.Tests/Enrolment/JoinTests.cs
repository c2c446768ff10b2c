using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Http;
using Orchestrator.HostAgent.Enrolment;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Enrolment;

/// <summary><c>join</c> against something that answers as a control plane does; the real one is in the end-to-end tests.</summary>
public sealed class JoinTests : IAsyncLifetime
{
    private const string Secret = "orcjoin_abc-DEF_123";
    private const string Password = "of-this-host-alone";

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly WebApplication _app;
    private int _status = StatusCodes.Status200OK;

    public JoinTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _directory["data"];

    private string EnrolmentPath => EnrolmentFile.PathIn(Data);

    public async ValueTask InitializeAsync() => await _app.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_the_host_is_told_becomes_its_configuration()
    {
        var run = await JoinAsync("--token", Secret, "--host-id", "web-7");

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal([$"POST /v1/hosts/join Bearer {Secret} {{\"host\":\"web-7\"}}"], _asked);
        var configuration = Configure();
        var agent = configuration.GetSection(HostAgentOptions.Section).Get<HostAgentOptions>()!;
        var bus = configuration.GetSection(BusOptions.Section).Get<BusOptions>()!;
        Assert.Equal(("web-7", "europe", Data), (agent.HostId, agent.Cell, agent.DataDirectory));
        Assert.Equal(("127.0.0.1", "http://gateway:7480"), (agent.AdvertiseAddress, agent.GatewayUrl));
        Assert.Equal(("broker.example", 5671, "/", "orc-host-web-7"), (bus.Host, bus.Port, bus.VirtualHost, bus.User));
        Assert.Equal(Password, bus.Password);
    }

    [Fact]
    public async Task Whatever_else_is_configured_wins_over_what_the_host_was_told()
    {
        await JoinAsync("--token", Secret, "--host-id", "web-7", "--advertise-address", "10.0.0.7");

        var configuration = Configure(("Agent:GatewayUrl", "http://other:1"), ("RabbitMq:Port", "5672"));

        Assert.Equal("http://other:1", configuration["Agent:GatewayUrl"]);
        Assert.Equal("5672", configuration["RabbitMq:Port"]);
        Assert.Equal("10.0.0.7", configuration["Agent:AdvertiseAddress"]);
        Assert.Equal("web-7", configuration["Agent:HostId"]);
    }

    [Fact]
    public async Task Only_its_owner_can_read_the_file_whoever_could_read_the_one_before()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(EnrolmentPath, "{}", Token);
        File.SetUnixFileMode(EnrolmentPath, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        var run = await JoinAsync("--token", Secret, "--host-id", "web-7", "--again");

        Assert.Equal(0, run.Code);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(EnrolmentPath));
        Assert.Contains(Password, await File.ReadAllTextAsync(EnrolmentPath, Token), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, run.Out + run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, run.Out + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_token_may_come_from_a_file_or_standard_input(bool fromInput)
    {
        var file = _directory["token"];
        await File.WriteAllTextAsync(file, $" {Secret}\n", Token);

        var run = await JoinWithAsync(Secret + "\n", ["--token-file", fromInput ? "-" : file, "--host-id", "web-7"]);

        Assert.Equal(0, run.Code);
        Assert.Contains($"Bearer {Secret} ", Assert.Single(_asked), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There must be one token")]
    [InlineData("There must be one token", "--token", Secret, "--token-file", "-")]
    [InlineData("is no token", "--token", "two words")]
    [InlineData("is no token", "--token-file", "-")]
    [InlineData("is no token", "--token-file", "/dev/zero")]
    [InlineData("cannot be read", "--token-file", "/no/such/file")]
    public async Task Without_one_token_nothing_is_asked(string said, params string[] options)
    {
        var run = await JoinAsync(options);

        Assert.Equal(2, run.Code);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Contains("\n  hint: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_machine_that_has_joined_uses_up_no_other_token_unless_told_to()
    {
        await JoinAsync("--token", Secret, "--host-id", "web-7");
        var before = await File.ReadAllTextAsync(EnrolmentPath, Token);

        var run = await JoinAsync("--token", Secret, "--host-id", "web-8");

        Assert.Equal(4, run.Code);
        Assert.Contains("has joined already", run.Error, StringComparison.Ordinal);
        Assert.Contains("--again", run.Error, StringComparison.Ordinal);
        Assert.Single(_asked);
        Assert.Equal(before, await File.ReadAllTextAsync(EnrolmentPath, Token));
    }

    [Fact]
    public async Task A_refusal_is_told_as_the_control_plane_put_it_and_leaves_nothing()
    {
        _status = StatusCodes.Status401Unauthorized;

        var run = await JoinAsync("--token", Secret, "--host-id", "web-7");

        Assert.Equal((4, "error: Not this one.\n  hint: Get another.\n"), (run.Code, run.Error));
        Assert.False(File.Exists(EnrolmentPath));
    }

    [Fact]
    public async Task What_is_no_control_plane_is_called_so()
    {
        _status = StatusCodes.Status502BadGateway;

        var run = await JoinAsync("--token", Secret, "--host-id", "web-7");

        Assert.Equal(1, run.Code);
        Assert.Contains("is not understood", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_found_out_before_the_token_is_used()
    {
        await File.WriteAllTextAsync(Data, "a file", Token);

        var run = await JoinAsync("--token", Secret, "--host-id", "web-7");

        Assert.Equal(1, run.Code);
        Assert.Contains("the token was not used", run.Error, StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("http://orchestrator.example", "is not encrypted")]
    [InlineData("http://10.0.0.1:7400", "--insecure")]
    [InlineData("orchestrator.example", "is not where a control plane is")]
    [InlineData("ftp://orchestrator.example", "is not where a control plane is")]
    public async Task A_token_is_sent_to_no_address_that_does_not_protect_it(string address, string said)
    {
        var run = await RunAsync("", ["join", address, "--token", Secret, "--data-directory", Data]);

        Assert.Equal(2, run.Code);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    private Task<Run> JoinAsync(params string[] options) => JoinWithAsync("", options);

    private Task<Run> JoinWithAsync(string input, string[] options) =>
        RunAsync(input, ["join", _app.Urls.Single(), "--data-directory", Data, .. options]);

    private static async Task<Run> RunAsync(string input, string[] command)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var reader = new StringReader(input);
        var code = await JoinCommand.Create(reader, output, error).Parse(command).InvokeAsync(cancellationToken: Token);
        return new Run(code, output.ToString(), error.ToString());
    }

    private ConfigurationManager Configure(params (string Key, string Value)[] more)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(
            more.Append(("Agent:DataDirectory", Data))
                .Select(each => KeyValuePair.Create(each.Item1, (string?)each.Item2))
        );
        configuration.AddEnrolment();
        return configuration;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var request = context.Request;
        _asked.Enqueue($"{request.Method} {request.Path} {request.Headers.Authorization} {body}");
        context.Response.StatusCode = _status;
        switch (_status)
        {
            case StatusCodes.Status200OK:
                var asked = JsonSerializer.Deserialize<JoinRequest>(body, JsonSerializerOptions.Web)!;
                await context.Response.WriteAsJsonAsync(AnswerFor(asked.Host), context.RequestAborted);
                break;
            case StatusCodes.Status401Unauthorized:
                var problem = new Problem
                {
                    Title = "Not this one.",
                    Status = _status,
                    Code = "unauthenticated",
                    Hint = "Get another.",
                };
                await context.Response.WriteAsJsonAsync(problem, context.RequestAborted);
                break;
            default:
                await context.Response.WriteAsync("<html>", context.RequestAborted);
                break;
        }
    }

    private static JoinAnswer AnswerFor(string host) =>
        new()
        {
            Host = host,
            Cell = "europe",
            BrokerHost = "broker.example",
            BrokerPort = 5671,
            VirtualHost = "/",
            User = $"orc-host-{host}",
            Password = Password,
            GatewayUrl = "http://gateway:7480",
        };

    private sealed record Run(int Code, string Out, string Error);
}
