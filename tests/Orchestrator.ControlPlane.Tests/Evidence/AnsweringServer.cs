using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Evidence;

/// <summary>A server on a free port that answers whatever the test says, and remembers what it was asked.</summary>
internal sealed class AnsweringServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _asked = new();

    private AnsweringServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>Paths with their queries, as they came.</summary>
    public IReadOnlyList<string> Asked => [.. _asked];

    public static async Task<AnsweringServer> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new AnsweringServer(builder.Build());
        server._app.Run(context =>
        {
            server._asked.Enqueue($"{context.Request.Path}{context.Request.QueryString}");
            return answer(context);
        });
        await server._app.StartAsync(Token);
        return server;
    }

    public static Task<AnsweringServer> StartAsync(string body) =>
        StartAsync(context => context.Response.WriteAsync(body, context.RequestAborted));

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
