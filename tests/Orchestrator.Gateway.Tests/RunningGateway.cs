using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Bus;
using Orchestrator.Messaging;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Gateway.Tests;

/// <summary>A gateway on a bus in memory, and what it reported.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    /// <summary>Far above what anything here takes, so that only a hang reaches it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _directory;
    private readonly MessageBus _bus;
    private readonly GatewayServer _server;
    private readonly ConcurrentQueue<Telemetry> _reports = [];
    private IAsyncDisposable? _listening;

    private RunningGateway(DirectoryInfo directory, MessageBus bus, GatewayServer server)
    {
        _directory = directory;
        _bus = bus;
        _server = server;
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false })
        {
            BaseAddress = new Uri(server.Address),
            Timeout = Patience,
        };
    }

    public HttpClient Http { get; }

    /// <summary>Where it speaks HTTP/2.</summary>
    public Uri Http2 => new(_server.Http2Address!);

    public Uri Metrics => new(new Uri(_server.MetricsAddress!), "metrics");

    public IReadOnlyList<GatewayHeartbeat> Heartbeats => [.. _reports.SelectMany(report => report.Gateways)];

    public IReadOnlyList<TrafficSamples> Traffic => [.. _reports.SelectMany(report => report.Traffic)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<RunningGateway> StartAsync() => StartAsync(_ => { });

    public static Task<RunningGateway> StartAsync(DirectoryInfo directory, TimeSpan interval) =>
        StartAsync(directory, options => options.TelemetryInterval = interval);

    public static Task<RunningGateway> StartAsync(Action<GatewayOptions> configure) =>
        StartAsync(Directory.CreateTempSubdirectory("orc-gateway-"), configure);

    private static async Task<RunningGateway> StartAsync(DirectoryInfo directory, Action<GatewayOptions> configure)
    {
        var bus = await MessageBus.StartInMemoryAsync(Token);
        var options = new GatewayOptions
        {
            GatewayId = "g1",
            Url = "http://127.0.0.1:0",
            Http2Url = "http://127.0.0.1:0",
            MetricsUrl = "http://127.0.0.1:0",
            DataDirectory = directory.FullName,
            TelemetryInterval = TimeSpan.FromMilliseconds(50),
        };
        configure(options);
        var server = await GatewayServer.StartAsync(
            options,
            bus,
            NullLoggerFactory.Instance,
            TimeProvider.System,
            Token
        );
        var gateway = new RunningGateway(directory, bus, server);
        gateway._listening = await bus.ReceiveTelemetryAsync(
            Queues.Telemetry("default"),
            (telemetry, _) =>
            {
                gateway._reports.Enqueue(telemetry);
                return Task.CompletedTask;
            },
            Token
        );
        return gateway;
    }

    /// <summary>With headers as they are given, also such as clients do not send by themselves.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Http.SendAsync(request, Token);
    }

    public Task SendAsync(RouteTable table) => _bus.SendAsync(Queues.Gateway("g1"), table, Token);

    /// <summary>Sends it and waits until a heartbeat says that it is served.</summary>
    public async Task ApplyAsync(RouteTable table)
    {
        await SendAsync(table);
        await WaitAsync(() =>
            Heartbeats.Any(heartbeat => heartbeat.Epoch == table.Epoch && heartbeat.Revision == table.Revision)
        );
    }

    public static Task WaitAsync(Func<bool> condition) => Poll.UntilAsync(() => Task.FromResult(condition()), Patience);

    /// <summary>Everything that was counted so far for a version.</summary>
    public (long Requests, long Errors, long[] Latencies) Counted(string version)
    {
        var samples = Traffic.SelectMany(batch => batch.Samples).Where(sample => sample.Version == version).ToList();
        var latencies = new long[TrafficSample.LatencyBoundsMilliseconds.Count + 1];
        foreach (var sample in samples)
        {
            for (var i = 0; i < latencies.Length; i++)
            {
                latencies[i] += sample.LatencyCounts[i];
            }
        }

        return (samples.Sum(sample => sample.Requests), samples.Sum(sample => sample.Errors), latencies);
    }

    /// <summary>Stops it and leaves its directory.</summary>
    public async Task<DirectoryInfo> StopAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
        await _listening!.DisposeAsync();
        await _bus.DisposeAsync();
        return _directory;
    }

    public async ValueTask DisposeAsync() => (await StopAsync()).Delete(recursive: true);
}

internal static class Tables
{
    public static RouteTable ATable(long revision, params VersionRoute[] versions) =>
        new()
        {
            Epoch = 1,
            Revision = revision,
            Routes =
            [
                new ServiceRoute
                {
                    Service = "cart",
                    Stage = "prod",
                    Versions = versions,
                },
            ],
        };
}
