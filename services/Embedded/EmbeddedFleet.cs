using Orchestrator.ControlPlane.Evidence;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.ControlPlane.Webhooks;
using Orchestrator.Gateway;
using Orchestrator.Messaging;

namespace Orchestrator.Embedded;

/// <summary>Control plane, gateway and hosts on one in-memory bus.</summary>
internal static class EmbeddedFleet
{
    /// <summary>Runs until it is asked to stop. Returns the exit code.</summary>
    public static async Task<int> RunAsync(EmbeddedOptions options, CancellationToken cancellationToken)
    {
        using var loggerFactory = LoggerFactory.Create(logging =>
            logging
                .SetMinimumLevel(options.IsVerbose ? LogLevel.Information : LogLevel.Warning)
                .AddFilter("Microsoft", LogLevel.Warning)
                .AddFilter("Quartz", LogLevel.Warning)
                .AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.TimestampFormat = "HH:mm:ss.fff ";
                })
        );
        var controlPlane = new ControlPlaneOptions
        {
            DataDirectory = options.DataDirectory,
            ListenUrl = options.ListenUrl,
            IsEmbedded = true,
        };
        if (options.PrometheusUrl.Length > 0)
        {
            controlPlane.Providers["prometheus"] = new ProviderOptions { Url = options.PrometheusUrl };
        }

        foreach (var (name, url) in options.Webhooks)
        {
            var key = WebhookKeyFile.ReadOrMake(options.DataDirectory);
            controlPlane.Webhooks[name] = new WebhookOptions { Url = url, Key = key };
        }

        await using var database = await controlPlane.OpenDatabaseAsync(cancellationToken);
        await using var bus = await MessageBus.StartInMemoryAsync(loggerFactory, cancellationToken);
        await using var gateway = await GatewayServer.StartAsync(
            OfGateway(options),
            bus,
            loggerFactory,
            TimeProvider.System,
            cancellationToken
        );
        await using var fleet = new HostFleet(options, gateway.Address, bus, loggerFactory, TimeProvider.System);
        // First: who conducts before its own hosts have started would hold those that start last for lost.
        await fleet.StartAsync(cancellationToken);
        await using var host = await ControlPlaneHost.StartAsync(
            controlPlane,
            database,
            bus,
            loggerFactory,
            TimeProvider.System,
            endpoints => endpoints.MapDev(fleet),
            cancellationToken
        );
        Greet(options, host, gateway);
        // A dead agent would look like a dead host for ever. Let the whole fall, as the agent does where it is alone: its
        // instances run on, and the next start takes them over.
        await await Task.WhenAny(host.WaitForShutdownAsync(cancellationToken), fleet.Failed);
        await fleet.StopAsync();
        return 0;
    }

    private static GatewayOptions OfGateway(EmbeddedOptions options) =>
        new()
        {
            Url = options.GatewayUrl,
            Http2Url = options.GatewayHttp2Url,
            MetricsUrl = options.GatewayMetricsUrl,
            DataDirectory = Path.Combine(options.DataDirectory, "gateway"),
        };

    private static void Greet(EmbeddedOptions options, ControlPlaneHost host, GatewayServer gateway)
    {
        Console.WriteLine($"API and status page  {host.Address}");
        Console.WriteLine($"gateway              {gateway.Address}/STAGE/SERVICE/");
        if (gateway.Http2Address is { } http2)
        {
            Console.WriteLine($"gateway, HTTP/2      {http2}/STAGE/SERVICE/");
        }

        if (gateway.MetricsAddress is { } metrics)
        {
            Console.WriteLine($"gateway, Prometheus  {metrics}/metrics");
        }

        Console.WriteLine($"hosts                {options.Hosts}, runtime {options.Runtime}");
        Console.WriteLine($"data                 {options.DataDirectory}");
        Console.WriteLine($"next                 {EmbeddedCommand.StatusCommand(options)}");
    }
}
