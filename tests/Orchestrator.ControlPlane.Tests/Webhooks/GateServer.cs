using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Webhooks;

/// <summary>Somebody else's system, on a free port: answers whatever the test says, and checks signatures by its own means.</summary>
internal sealed class GateServer : IAsyncDisposable
{
    private static readonly byte[] KeyBytes = Encoding.ASCII.GetBytes("thirty-two bytes, as they should");

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Delivered> _deliveries = new();

    private GateServer(WebApplication app) => _app = app;

    public static string Key => "whsec_" + Convert.ToBase64String(KeyBytes);

    public string Url => _app.Urls.Single() + "/gate";

    /// <summary>As they came.</summary>
    public IReadOnlyList<Delivered> Deliveries => [.. _deliveries];

    public static async Task<GateServer> StartAsync(Func<HttpContext, Task> answer, string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var server = new GateServer(builder.Build());
        server._app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            var headers = context.Request.Headers;
            server._deliveries.Enqueue(
                new Delivered(
                    $"{context.Request.Method} {context.Request.Path} {context.Request.ContentType}",
                    headers["webhook-id"].ToString(),
                    headers["webhook-timestamp"].ToString(),
                    headers["webhook-signature"].ToString(),
                    body
                )
            );
            await answer(context);
        });
        await server._app.StartAsync(Token);
        return server;
    }

    public static Task<GateServer> StartAsync(int status, string body) =>
        StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body, context.RequestAborted);
        });

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    internal sealed record Delivered(string Request, string Id, string Timestamp, string Signature, string Body)
    {
        public JsonElement Data => JsonDocument.Parse(Body).RootElement.GetProperty("data");

        /// <summary>As a receiver computes it.</summary>
        public bool IsSigned =>
            Signature
            == "v1,"
                + Convert.ToBase64String(
                    HMACSHA256.HashData(KeyBytes, Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}"))
                );
    }
}
