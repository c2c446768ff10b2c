using System.Net;
using System.Net.WebSockets;
using System.Text;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Bus;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

/// <summary>HTTP/2, gRPC and WebSocket, each with a real client and a real server.</summary>
public sealed class ProtocolTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "HTTP/1.1")]
    [InlineData(false, "HTTP/1.1")]
    [InlineData(true, "HTTP/2")]
    public async Task A_caller_speaks_HTTP_2_and_the_instance_what_its_route_says(bool? isHttp2, string spoken)
    {
        await using var backend = await Backend.StartAsync(
            "a",
            isHttp2 == true ? HttpProtocols.Http2 : HttpProtocols.Http1,
            context => context.Response.WriteAsync(context.Request.Protocol, Token)
        );
        await using var gateway = await RunningGateway.StartAsync();
        var table = ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint]));
        await gateway.ApplyAsync(table with { Routes = [table.Routes[0] with { IsHttp2 = isHttp2 }] });
        using var http = new HttpClient
        {
            BaseAddress = gateway.Http2,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await http.GetAsync("/prod/cart/", Token);
        var overHttp1 = await gateway.Http.GetStringAsync("/prod/cart/", Token);

        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.Equal(spoken, await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(spoken, overHttp1);
    }

    [Fact]
    public async Task Calls_and_streams_of_gRPC_go_through_with_their_status()
    {
        await using var server = await GrpcServer.StartAsync();
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [server.Endpoint])));
        using var channel = gateway.OpenGrpc();
        var client = new Health.HealthClient(channel);

        var answer = await client.CheckAsync(new HealthCheckRequest { Service = "well" }, cancellationToken: Token);
        using var watch = client.Watch(new HealthCheckRequest { Service = "changing" }, cancellationToken: Token);
        var watched = new List<HealthCheckResponse.Types.ServingStatus>();
        await foreach (var each in watch.ResponseStream.ReadAllAsync(Token))
        {
            watched.Add(each.Status);
        }

        var unknown = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.CheckAsync(new HealthCheckRequest { Service = "unknown" }, cancellationToken: Token)
        );

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
        Assert.Equal(
            [HealthCheckResponse.Types.ServingStatus.NotServing, HealthCheckResponse.Types.ServingStatus.Serving],
            watched
        );
        Assert.Equal("done", watch.GetTrailers().GetValue("x-end"));
        Assert.Equal((StatusCode.NotFound, "who?"), (unknown.StatusCode, unknown.Status.Detail));
    }

    [Fact]
    public async Task Both_sides_of_a_gRPC_stream_speak_in_turn()
    {
        await using var backend = await Backend.StartAsync("a", HttpProtocols.Http2, EchoGrpcAsync);
        await using var other = await Backend.StartAsync("b", LimitTests.ReadAllAsync);
        await using var gateway = await RunningGateway.StartAsync(options =>
        {
            options.MaxBodyBytes = 10;
            options.SlowBodyGrace = TimeSpan.FromSeconds(1.1);
        });
        var table = ATable(1, new VersionRoute("1.0.0", 100, [backend.Endpoint]));
        var slow = new ServiceRoute
        {
            Service = "slow",
            Stage = "prod",
            Versions = [new VersionRoute("1.0.0", 100, [other.Endpoint])],
        };
        await gateway.ApplyAsync(table with { Routes = [.. table.Routes, slow] });
        using var channel = gateway.OpenGrpc();
        var bytes = Marshallers.Create<byte[]>(value => value, value => value);
        var method = new Method<byte[], byte[]>(MethodType.DuplexStreaming, "orc.Echo", "Chat", bytes, bytes);
        using var call = channel
            .CreateCallInvoker()
            .AsyncDuplexStreamingCall(method, host: null, new CallOptions(cancellationToken: Token));

        // Longer in all than a body may be: a stream has no such end.
        for (byte i = 0; i < 10; i++)
        {
            await call.RequestStream.WriteAsync([i, i, i], Token);
            Assert.True(await call.ResponseStream.MoveNext(Token));
            Assert.Equal([i, i, i], call.ResponseStream.Current);
            if (i is 3 or 6)
            {
                // So much later that a slow body was given up: a stream may be silent for longer.
                var answer = await LimitTests.SendSlowBodyAsync(gateway, "/prod/slow/");
                Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
            }
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(StatusCode.OK, 0)]
    [InlineData(StatusCode.NotFound, 0)]
    [InlineData(StatusCode.InvalidArgument, 0)]
    [InlineData(StatusCode.Cancelled, 0)]
    [InlineData(StatusCode.Unknown, 1)]
    [InlineData(StatusCode.DeadlineExceeded, 1)]
    [InlineData(StatusCode.Unimplemented, 1)]
    [InlineData(StatusCode.Internal, 1)]
    [InlineData(StatusCode.Unavailable, 1)]
    [InlineData(StatusCode.DataLoss, 1)]
    public async Task A_gRPC_call_that_the_service_failed_is_an_error_though_it_is_200(StatusCode code, int errors)
    {
        await using var server = await GrpcServer.StartAsync();
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [server.Endpoint])));
        using var channel = gateway.OpenGrpc();
        var client = new Health.HealthClient(channel);
        var request = new HealthCheckRequest { Service = code.ToString() };

        await Record.ExceptionAsync(async () => await client.CheckAsync(request, cancellationToken: Token));
        using var watch = client.Watch(request, cancellationToken: Token);
        await Record.ExceptionAsync(async () =>
        {
            await foreach (var each in watch.ResponseStream.ReadAllAsync(Token))
            {
                Assert.NotNull(each);
            }
        });

        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 2);
        Assert.Equal(2 * errors, gateway.Counted("1.0.0").Errors);
    }

    [Fact]
    public async Task Without_an_instance_a_gRPC_client_sees_Unavailable_and_without_a_route_Unimplemented()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [])));
        using var channel = gateway.OpenGrpc();
        using var other = gateway.OpenGrpc("other.prod.localhost");

        var none = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: Token)
        );
        var unknown = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Health.HealthClient(other).CheckAsync(new HealthCheckRequest(), cancellationToken: Token)
        );

        Assert.Equal((StatusCode.Unavailable, StatusCode.Unimplemented), (none.StatusCode, unknown.StatusCode));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_WebSocket_speaks_both_ways_and_is_counted_when_it_opens(int http)
    {
        await using var backend = await Backend.StartAsync("a", EchoWebSocketAsync);
        await using var gateway = await RunningGateway.StartAsync();
        var version = new VersionRoute("1.0.0", 100, [backend.Endpoint]);
        await gateway.ApplyAsync(ATable(1, version));
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("chat");
        socket.Options.HttpVersion = new Version(http, http == 1 ? 1 : 0);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var client = new HttpMessageInvoker(new SocketsHttpHandler());
        var address = new UriBuilder(http == 1 ? gateway.Http.BaseAddress! : gateway.Http2)
        {
            Scheme = "ws",
            Path = "/prod/cart/socket",
        };

        await socket.ConnectAsync(address.Uri, client, Token);
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, endOfMessage: true, Token);
        var buffer = new byte[100];
        var echoed = await socket.ReceiveAsync(buffer, Token);

        Assert.Equal("/socket hello", Encoding.UTF8.GetString(buffer, 0, echoed.Count));
        Assert.Equal("chat", socket.SubProtocol);
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 1);
        await gateway.ApplyAsync(ATable(2));
        Assert.Equal(["a"], gateway.Heartbeats.Last(heartbeat => heartbeat.Revision == 2).Busy);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Token);
        Assert.Equal("bye too", socket.CloseStatusDescription);
        await RunningGateway.WaitAsync(() =>
            gateway.Heartbeats.Last(heartbeat => heartbeat.Revision == 2).Busy.Count == 0
        );
        // No WebSocket, so it is the only error; once it is counted, what came before is too.
        await gateway.ApplyAsync(ATable(3, version));
        using var plain = await gateway.SendAsync(HttpMethod.Get, "/prod/cart/");
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Errors == 1);
        Assert.Equal(2, gateway.Counted("1.0.0").Requests);
    }

    private static async Task EchoWebSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync("chat");
        var buffer = new byte[100];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye too", Token);
                return;
            }

            var text = $"{context.Request.Path} {Encoding.UTF8.GetString(buffer, 0, received.Count)}";
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Token);
        }
    }

    /// <summary>Sends back each message as it comes: the frames of gRPC are the same both ways.</summary>
    private static async Task EchoGrpcAsync(HttpContext context)
    {
        Assert.Equal("/orc.Echo/Chat", context.Request.Path);
        context.Response.ContentType = "application/grpc";
        await context.Response.StartAsync(Token);
        await context.Request.Body.CopyToAsync(context.Response.Body, Token);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    /// <summary>Answers as the name of the asked service says.</summary>
    private sealed class NamedHealth : Health.HealthBase
    {
        public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
        {
            if (request.Service == "unknown")
            {
                throw new RpcException(new Status(StatusCode.NotFound, "who?"));
            }

            Fail(request);
            return Task.FromResult(
                new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving }
            );
        }

        public override async Task Watch(
            HealthCheckRequest request,
            IServerStreamWriter<HealthCheckResponse> responseStream,
            ServerCallContext context
        )
        {
            await responseStream.WriteAsync(
                new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.NotServing },
                context.CancellationToken
            );
            await responseStream.WriteAsync(
                new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving },
                context.CancellationToken
            );
            context.ResponseTrailers.Add("x-end", "done");
            Fail(request);
        }

        private static void Fail(HealthCheckRequest request)
        {
            if (Enum.TryParse<StatusCode>(request.Service, out var code) && code != StatusCode.OK)
            {
                throw new RpcException(new Status(code, ""));
            }
        }
    }

    private sealed class GrpcServer : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private GrpcServer(WebApplication app) => _app = app;

        public RouteEndpoint Endpoint => new("grpc", new Uri(_app.Urls.Single()).Authority);

        public static async Task<GrpcServer> StartAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore();
            builder.WebHost.ConfigureKestrel(kestrel =>
                kestrel.Listen(IPAddress.Loopback, port: 0, endpoint => endpoint.Protocols = HttpProtocols.Http2)
            );
            builder.Services.AddRoutingCore();
            builder.Services.AddGrpc();
            builder.Services.AddSingleton<NamedHealth>();
            var app = builder.Build();
            app.MapGrpcService<NamedHealth>();
            await app.StartAsync(Token);
            return new GrpcServer(app);
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}

file static class GrpcOverGateway
{
    public static GrpcChannel OpenGrpc(this RunningGateway gateway) => gateway.OpenGrpc("cart.prod.localhost");

    /// <summary>The service by its host, as paths belong to gRPC; the host leads to this machine.</summary>
    public static GrpcChannel OpenGrpc(this RunningGateway gateway, string host) =>
        GrpcChannel.ForAddress(
            $"http://{host}:{gateway.Http2.Port}",
            new GrpcChannelOptions
            {
                DisposeHttpClient = true,
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectCallback = async (context, token) =>
                    {
                        var socket = new System.Net.Sockets.Socket(
                            System.Net.Sockets.SocketType.Stream,
                            System.Net.Sockets.ProtocolType.Tcp
                        );
                        await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, token);
                        return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
                    },
                },
            }
        );
}
