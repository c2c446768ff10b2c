using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Orchestrator.Gateway;

/// <summary>The web server of the gateway: where it listens, and how much of what it takes from a caller.</summary>
internal static class GatewayApp
{
    /// <summary>Of the two addresses the one for HTTP/1.1 comes first.</summary>
    public static WebApplication Create(GatewayOptions options, ILoggerFactory loggerFactory)
    {
        var builder = CreateBuilder(loggerFactory);
        builder.Services.AddHttpForwarder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Limit(kestrel.Limits, options);
            kestrel.Configure(Endpoints(options));
        });
        return builder.Build();
    }

    public static WebApplication CreateMetrics(string url, ILoggerFactory loggerFactory)
    {
        var builder = CreateBuilder(loggerFactory);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = GatewayLimits.MetricsConnections;
        });
        builder.WebHost.UseUrls(url);
        return builder.Build();
    }

    private static WebApplicationBuilder CreateBuilder(ILoggerFactory loggerFactory)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new LibraryLogs(loggerFactory));
        builder.Services.AddLogging();
        // Whoever embeds the gateway decides what a signal means.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.WebHost.UseKestrelCore();
        return builder;
    }

    private static void Limit(KestrelServerLimits limits, GatewayOptions options)
    {
        limits.MaxConcurrentConnections = GatewayLimits.Connections;
        limits.MaxConcurrentUpgradedConnections = GatewayLimits.Connections;
        limits.MaxRequestBodySize = options.MaxBodyBytes;
        // The server itself says no without a word; up to here the gateway can say why.
        limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes * GatewayLimits.HardHeaderFactor;
        limits.MaxRequestHeaderCount = GatewayLimits.Headers;
        limits.RequestHeadersTimeout = options.HeaderDeadline;
        limits.KeepAliveTimeout = GatewayLimits.IdleCallerLifetime;
        limits.MinRequestBodyDataRate = new MinDataRate(GatewayLimits.SlowestBytesPerSecond, options.SlowBodyGrace);
        limits.MinResponseDataRate = new MinDataRate(GatewayLimits.SlowestBytesPerSecond, options.SlowBodyGrace);
        limits.Http2.MaxStreamsPerConnection = GatewayLimits.StreamsPerConnection;
    }

    /// <summary>
    /// Without TLS a connection does not say which HTTP it speaks before it speaks it, so each has an address of its own.
    /// </summary>
    private static IConfiguration Endpoints(GatewayOptions options)
    {
        var endpoints = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Endpoints:1:Url"] = options.Url,
            ["Endpoints:1:Protocols"] = nameof(HttpProtocols.Http1),
        };
        if (options.Http2Url is { } http2)
        {
            endpoints["Endpoints:2:Url"] = http2;
            endpoints["Endpoints:2:Protocols"] = nameof(HttpProtocols.Http2);
        }

        return new ConfigurationBuilder().AddInMemoryCollection(endpoints).Build();
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
