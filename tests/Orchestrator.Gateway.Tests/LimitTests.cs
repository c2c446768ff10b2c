using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Bus;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

/// <summary>What a caller may not do, and what it is told.</summary>
public sealed class LimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1_000, HttpStatusCode.OK)]
    [InlineData(2_100, HttpStatusCode.RequestHeaderFieldsTooLarge)]
    public async Task Headers_may_be_so_large(int bytes, HttpStatusCode status)
    {
        await using var backend = await Backend.StartAsync("a");
        await using var gateway = await RunningGateway.StartAsync(options => options.MaxHeaderBytes = 2_000);
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        using var response = await gateway.SendAsync(
            HttpMethod.Get,
            "/prod/cart/",
            ("X-A", new string('a', bytes / 2)),
            ("X-B", new string('b', bytes / 2))
        );

        Assert.Equal(status, response.StatusCode);
        if (status != HttpStatusCode.OK)
        {
            await Problems.AssertAsync(response, status, "headers_too_large");
            Assert.Equal(0, backend.Requests);
        }
    }

    [Fact]
    public async Task Headers_far_beyond_that_are_not_even_read()
    {
        await using var gateway = await RunningGateway.StartAsync(options => options.MaxHeaderBytes = 2_000);

        using var response = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/", ("X-A", new string('a', 5_000)));

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData(null, 100, true)]
    [InlineData(null, 101, false)]
    [InlineData(200L, 200, true)]
    [InlineData(200L, 201, false)]
    [InlineData(50L, 50, true)]
    [InlineData(50L, 51, false)]
    [InlineData(0L, 1, false)]
    public async Task A_body_may_be_as_long_as_its_route_or_else_the_gateway_says(
        long? ofRoute,
        int bytes,
        bool isTaken
    )
    {
        await using var backend = await Backend.StartAsync("a", ReadAllAsync);
        await using var gateway = await RunningGateway.StartAsync(options => options.MaxBodyBytes = 100);
        var table = ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint]));
        await gateway.ApplyAsync(table with { Routes = [table.Routes[0] with { MaxBodyBytes = ofRoute }] });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/prod/cart/");
        // What frames the chunks counts too, a few bytes each.
        var chunked = isTaken ? bytes - 20 : bytes;
        request.Content = new ByteArrayContent(new byte[chunked]);

        using var known = await gateway.Http.PostAsync("/prod/cart/", new ByteArrayContent(new byte[bytes]), Token);
        // In chunks: nobody knows how long it will be.
        request.Headers.TransferEncodingChunked = true;
        using var unknown = await gateway.Http.SendAsync(request, Token);

        if (isTaken)
        {
            Assert.Equal($"{bytes}", await known.Content.ReadAsStringAsync(Token));
            Assert.Equal($"{chunked}", await unknown.Content.ReadAsStringAsync(Token));
        }
        else
        {
            await Problems.AssertAsync(known, HttpStatusCode.RequestEntityTooLarge, "body_too_large");
            await Problems.AssertAsync(unknown, HttpStatusCode.RequestEntityTooLarge, "body_too_large");
            // Else the next request would be sent after a body that nobody reads.
            Assert.True(known.Headers.ConnectionClose);
        }

        // One that says how long it is goes nowhere.
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == (isTaken ? 2 : 1));
        Assert.Equal(0, gateway.Counted("1.0.0").Errors);
    }

    [Fact]
    public async Task The_server_has_the_deadlines_of_the_options()
    {
        var options = new GatewayOptions
        {
            HeaderDeadline = TimeSpan.FromSeconds(7),
            SlowBodyGrace = TimeSpan.FromSeconds(8),
        };

        await using var app = GatewayApp.Create(options, NullLoggerFactory.Instance);

        var limits = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal(options.HeaderDeadline, limits.RequestHeadersTimeout);
        Assert.Equal(options.SlowBodyGrace, limits.MinRequestBodyDataRate?.GracePeriod);
        Assert.Equal(options.SlowBodyGrace, limits.MinResponseDataRate?.GracePeriod);
    }

    [Fact]
    public async Task A_caller_whose_headers_do_not_end_is_cut_off()
    {
        await using var gateway = await RunningGateway.StartAsync(options =>
            options.HeaderDeadline = TimeSpan.FromSeconds(1)
        );
        using var caller = await ConnectAsync(gateway);

        await caller.SendAsync(
            Encoding.ASCII.GetBytes("GET /prod/cart/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
            Token
        );

        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(caller), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_whose_body_does_not_come_is_told_so_and_that_is_not_the_fault_of_the_instance()
    {
        await using var backend = await Backend.StartAsync("a", ReadAllAsync);
        await using var gateway = await RunningGateway.StartAsync(options =>
            options.SlowBodyGrace = TimeSpan.FromSeconds(1.1)
        );
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        var answer = await SendSlowBodyAsync(gateway, "/prod/cart/");

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"body_too_slow\"", answer, StringComparison.Ordinal);
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 1);
        Assert.Equal(0, gateway.Counted("1.0.0").Errors);
    }

    /// <summary>A body that never ends, and what the gateway says to it.</summary>
    internal static async Task<string> SendSlowBodyAsync(RunningGateway gateway, string path)
    {
        using var caller = await ConnectAsync(gateway);
        await caller.SendAsync(
            Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nslow"),
            Token
        );
        return await ReadToEndAsync(caller);
    }

    internal static async Task ReadAllAsync(HttpContext context)
    {
        using var all = new MemoryStream();
        await context.Request.Body.CopyToAsync(all, context.RequestAborted);
        await context.Response.WriteAsync($"{all.Length}", context.RequestAborted);
    }

    private static async Task<Socket> ConnectAsync(RunningGateway gateway)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, gateway.Http.BaseAddress!.Port, Token);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(Token).WaitAsync(RunningGateway.Patience, Token);
    }
}
