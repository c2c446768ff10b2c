using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Samples;

/// <summary>The smallest web host there is: Kestrel on loopback and one delegate; no configuration, logging or routing.</summary>
internal static class SampleHost
{
    /// <summary>Shorter than the demo fleet's stop grace of 5 seconds, so that SIGKILL never meets a request in flight.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(4);

    /// <summary>Orders are a few dozen bytes.</summary>
    private const long MaxRequestBytes = 4 * 1024;

    public static WebApplication Create(int port, RequestDelegate respond)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
                kestrel.Listen(IPAddress.Loopback, port);
            });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);

        var app = builder.Build();
        app.Run(respond);
        return app;
    }

    public static Task WriteAsync<T>(HttpContext context, int status, T body, JsonTypeInfo<T> shape)
    {
        // Whole and with its length: a client that stops half-way sees it, and the gateway need not chunk.
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, shape);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }
}
