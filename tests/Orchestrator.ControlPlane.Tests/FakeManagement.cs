using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orchestrator.ControlPlane.Enrolling;

namespace Orchestrator.ControlPlane.Tests;

/// <summary>Takes what is asked of a broker's management API and remembers it. What a real one does with it the end-to-end tests show.</summary>
internal sealed class FakeManagement : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _asked = new();

    private FakeManagement(WebApplication app) => _app = app;

    /// <summary>Whether it does what it is asked; else it answers 500.</summary>
    public bool Works { get; set; } = true;

    public IReadOnlyList<string> Asked => [.. _asked];

    public EnrolmentOptions Options =>
        new()
        {
            ManagementUrl = _app.Urls.Single(),
            ManagementUser = "enrolment",
            ManagementPassword = "secret",
            BrokerHost = "broker.example",
            BrokerPort = 5671,
            GatewayUrl = "http://gateway.example:7480",
        };

    public static async Task<FakeManagement> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var fake = new FakeManagement(builder.Build());
        fake._app.Run(fake.AnswerAsync);
        await fake._app.StartAsync(TestContext.Current.CancellationToken);
        return fake;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        _asked.Enqueue($"{context.Request.Method} {context.Request.Path} {body}");
        context.Response.StatusCode = Works ? StatusCodes.Status204NoContent : StatusCodes.Status500InternalServerError;
    }
}
