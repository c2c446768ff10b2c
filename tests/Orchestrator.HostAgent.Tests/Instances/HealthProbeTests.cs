using System.Net;
using System.Net.Sockets;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Processes;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Instances;

/// <summary>Real servers and real programs are asked.</summary>
public sealed class HealthProbeTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ExitWatch _exits = new();
    private readonly HealthServiceImpl _health = new();
    private ImageStore? _images;
    private ProcessRuntime? _runtime;
    private HealthProbe? _probe;
    private WebApplication? _http;
    private WebApplication? _grpc;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _images = new ImageStore(_directory["images"], [_directory["layout"]], UnpackLimits.Default);
        _runtime = new ProcessRuntime(_directory["process"], _images, _exits);
        await _runtime.PrepareAsync(Token);
        _probe = new HealthProbe(_runtime, TimeProvider.System);
        _http = Server(HttpProtocols.Http1);
        _http.MapGet("/well", () => "yes");
        _http.MapGet("/ill", () => Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        _http.MapGet("/silent", (CancellationToken token) => Task.Delay(Timeout.Infinite, token));
        await _http.StartAsync(Token);
        _grpc = Server(HttpProtocols.Http2);
        _grpc.MapGrpcService<HealthServiceImpl>();
        await _grpc.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        _probe?.Dispose();
        foreach (var server in new[] { _http, _grpc }.OfType<WebApplication>())
        {
            await server.DisposeAsync();
        }

        foreach (var id in await _runtime!.ListAsync(CancellationToken.None))
        {
            await _runtime.RemoveAsync(id, CancellationToken.None);
        }

        _runtime.Dispose();
        _images?.Dispose();
        _exits.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("/well", null)]
    [InlineData("/ill", "/ill answered 503")]
    [InlineData("/nothing", "/nothing answered 404")]
    [InlineData("/silent", "/silent did not answer within 500 ms")]
    public async Task Over_HTTP_the_status_counts(string path, string? failure) =>
        Assert.Equal(failure, await CheckAsync(AddressOf(_http), Samples.ACheck() with { Path = path }));

    [Fact]
    public async Task A_port_that_can_be_connected_to_is_well_and_one_that_cannot_is_not()
    {
        var check = Samples.ACheck() with { Protocol = HealthProtocol.Tcp, Path = "" };
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        var address = listener.LocalEndpoint.ToString()!;

        Assert.Null(await CheckAsync(address, check));
        // Bound and not listened on: a port that was given back may be another's a moment later.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, port: 0));
        Assert.Contains(
            "refused",
            await CheckAsync(silent.LocalEndPoint!.ToString()!, check),
            StringComparison.Ordinal
        );
        Assert.Contains("nothing to connect to", await CheckAsync("", check), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 0", null)]
    [InlineData("exit 3", "/bin/sh exited with 3")]
    [InlineData("echo no room >&2; exit 1", "/bin/sh exited with 1: no room")]
    [InlineData("exec sleep 1000", "/bin/sh did not answer within 500 ms")]
    public async Task A_program_in_the_instance_is_well_when_it_exits_with_0(string script, string? failure)
    {
        var id = await StartAsync();
        var check = Samples.ACheck() with
        {
            Protocol = HealthProtocol.Exec,
            Path = "",
            Command = ["/bin/sh", "-c", script],
            TimeoutMilliseconds = failure?.Contains("within", StringComparison.Ordinal) == true ? 500 : 60_000,
        };

        Assert.Equal(failure, await _probe!.CheckAsync(new Checked(id, ""), check, Token));
    }

    [Fact]
    public async Task A_program_that_cannot_be_run_is_no_good_sign()
    {
        var check = Samples.ACheck() with { Protocol = HealthProtocol.Exec, Path = "", Command = ["/no/such"] };

        Assert.NotNull(await _probe!.CheckAsync(new Checked(await StartAsync(), ""), check, Token));
        Assert.NotNull(await _probe.CheckAsync(new Checked("nobody", ""), check, Token));
    }

    [Fact]
    public async Task Over_gRPC_only_SERVING_is_well()
    {
        var check = Samples.ACheck() with
        {
            Protocol = HealthProtocol.Grpc,
            Path = "",
            Service = "shop.Cart",
            TimeoutMilliseconds = 60_000,
        };
        _health.SetStatus("shop.Cart", HealthCheckResponse.Types.ServingStatus.Serving);
        _health.SetStatus("", HealthCheckResponse.Types.ServingStatus.NotServing);
        var address = AddressOf(_grpc);

        Assert.Null(await CheckAsync(address, check));
        Assert.Equal("grpc answered NotServing", await CheckAsync(address, check with { Service = null }));
        Assert.Contains(
            "NotFound",
            await CheckAsync(address, check with { Service = "else" }),
            StringComparison.Ordinal
        );
        Assert.StartsWith("grpc: ", await CheckAsync(AddressOf(_http), check), StringComparison.Ordinal);
        await _grpc!.StopAsync(Token);
        Assert.Contains("Unavailable", await CheckAsync(address, check), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_gRPC_one_that_does_not_answer_is_given_up()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start(); // Connects, and says nothing.
        var check = Samples.ACheck() with { Protocol = HealthProtocol.Grpc, Path = "" };

        Assert.Equal("grpc did not answer within 500 ms", await CheckAsync(listener.LocalEndpoint.ToString()!, check));
    }

    private Task<string?> CheckAsync(string address, AssignedHealthCheck check) =>
        _probe!.CheckAsync(new Checked("", address), check, Token);

    private async Task<string> StartAsync()
    {
        var image = await _runtime!.EnsureImageAsync(TinyImage.Build(_directory["layout"]), Token);
        await _runtime.StartAsync(
            new ContainerSpec
            {
                ContainerId = "cart.prod.1.1.0",
                Image = image,
                Command = ["/bin/sh", "-c", "exec sleep 1000"],
                Environment = new Dictionary<string, string>(StringComparer.Ordinal),
                LogPath = _directory["log"],
                CpuMillicores = 10,
                CpuLimitMillicores = 0,
                MemoryLimitMebibytes = 0,
            },
            Token
        );
        return "cart.prod.1.1.0";
    }

    private WebApplication Server(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port: 0, listen => listen.Protocols = protocols)
        );
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_health);
        return builder.Build();
    }

    private static string AddressOf(WebApplication? server) => new Uri(server!.Urls.First()).Authority;
}
