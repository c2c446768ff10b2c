using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Orchestrator.Gateway.Metrics;

/// <summary>A web server of its own for <c>/metrics</c>, so that no route leads there and no caller of services sees it.</summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    private const string Path = "/metrics";

    private readonly WebApplication _app;

    private MetricsServer(WebApplication app) => _app = app;

    public string Address =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.First() ?? "";

    public static async Task<MetricsServer> StartAsync(
        string url,
        MetricsPage page,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken
    )
    {
        var app = GatewayApp.CreateMetrics(url, loggerFactory);
        app.Run(context =>
        {
            if (context.Request.Path.Value != Path)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            context.Response.ContentType = MetricsPage.ContentType;
            return context.Response.WriteAsync(page.Write(), context.RequestAborted);
        });
        try
        {
            await app.StartAsync(cancellationToken);
            return new MetricsServer(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
