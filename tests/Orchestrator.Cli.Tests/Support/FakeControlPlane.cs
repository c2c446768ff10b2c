using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests.Support;

/// <summary>Serves recorded answers of the API on the loopback, and remembers what was asked.</summary>
internal sealed class FakeControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Reply>> _replies = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Asked> _asked = new();

    private FakeControlPlane(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public IReadOnlyList<Asked> Asked => [.. _asked];

    public static async Task<FakeControlPlane> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new FakeControlPlane(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Each reply is given once, the last one for ever. <paramref name="request"/> is <c>GET /v1/trains?line=a</c>.</summary>
    public FakeControlPlane On(string request, params Reply[] replies)
    {
        _replies[request] = new ConcurrentQueue<Reply>(replies);
        return this;
    }

    public FakeControlPlane On<T>(string request, params T[] bodies) => On(request, [.. bodies.Select(Reply.Json)]);

    public FakeControlPlane OnPage<T>(string request, params T[] items) => On(request, new Page<T>(items));

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var asked = new Asked(
            $"{context.Request.Method} {context.Features.Get<IHttpRequestFeature>()?.RawTarget}",
            await reader.ReadToEndAsync(context.RequestAborted),
            context.Request.Headers.Authorization.ToString()
        );
        _asked.Enqueue(asked);
        var reply = Next(asked.Request);
        if (reply.Status == 0)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.ContentType;
        await context.Response.WriteAsync(reply.Body, context.RequestAborted);
    }

    private Reply Next(string request)
    {
        if (!_replies.TryGetValue(request, out var replies))
        {
            return Reply.Problem(404, "not_recorded", $"Nothing is recorded for {request}.");
        }

        if (replies.Count > 1 && replies.TryDequeue(out var reply))
        {
            return reply;
        }

        return replies.TryPeek(out var last) ? last : Reply.Problem(500, "none_left", request);
    }
}

/// <param name="Authorization">Empty when there was none.</param>
internal sealed record Asked(string Request, string Body, string Authorization);

/// <param name="Status">0 breaks the connection off.</param>
internal sealed record Reply(int Status, string ContentType, string Body)
{
    public static Reply BreakOff { get; } = new(0, "", "");

    public static Reply Json<T>(T body) =>
        new(200, "application/json", JsonSerializer.Serialize(body, JsonSerializerOptions.Web));

    public static Reply Text(int status, string body) => new(status, "text/html", body);

    public static Reply Problem(int status, string code, string title) =>
        Problem(
            new Problem
            {
                Title = title,
                Status = status,
                Code = code,
            }
        );

    public static Reply Problem(Problem problem) =>
        new(problem.Status, "application/problem+json", JsonSerializer.Serialize(problem, JsonSerializerOptions.Web));
}
