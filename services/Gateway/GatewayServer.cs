using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Forwarding;
using Orchestrator.Gateway.Metrics;
using Orchestrator.Gateway.Routing;
using Orchestrator.Messaging;
using Yarp.ReverseProxy.Forwarder;

namespace Orchestrator.Gateway;

/// <summary>A running gateway: <c>/{stage}/{service}/…</c>, or the host <c>{service}.{stage}.{domain}</c>, split by version weight over the instances of the last table.</summary>
public sealed partial class GatewayServer : IAsyncDisposable
{
    private const string LivePath = "/healthz";
    private const string ReadyPath = "/readyz";

    private readonly GatewayOptions _options;
    private readonly ILoggerFactory _loggerFactory;
    private readonly TimeProvider _timeProvider;
    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _client = Upstream.CreateClient();
    private readonly Router _router;
    private readonly TableStore _store;
    private readonly MetricsPage _metrics;
    private readonly ILogger _logger;
    private MetricsServer? _metricsServer;
    private HealthProber? _prober;
    private Reporter? _reporter;
    private IAsyncDisposable? _receiving;

    private GatewayServer(GatewayOptions options, ILoggerFactory loggerFactory, TimeProvider timeProvider)
    {
        (_options, _loggerFactory, _timeProvider) = (options, loggerFactory, timeProvider);
        _logger = loggerFactory.CreateLogger<GatewayServer>();
        Bell = new HeartbeatBell();
        _router = new Router(timeProvider, Bell);
        _store = new TableStore(options.DataDirectory, _logger);
        _app = GatewayApp.Create(options, loggerFactory);
        var answers = new AnswerCounts();
        _metrics = new MetricsPage(_router, answers);
        var addressing = new Addressing(_router, options.Domain);
        var forwarder = new Forwarder(
            _router,
            addressing,
            _app.Services.GetRequiredService<IHttpForwarder>(),
            _client,
            new RequestLimits(options.MaxBodyBytes, options.MaxHeaderBytes),
            answers,
            timeProvider
        );
        _app.Run(context => HandleAsync(context, addressing, forwarder));
    }

    /// <summary>Where it listens; the port is the real one also when any was asked for.</summary>
    public string Address => Addresses.FirstOrDefault() ?? "";

    /// <summary>Where it speaks HTTP/2 from the first byte on; null when it does nowhere.</summary>
    public string? Http2Address => Addresses.ElementAtOrDefault(1);

    /// <summary>Where <c>/metrics</c> is; null when it is nowhere.</summary>
    public string? MetricsAddress => _metricsServer?.Address;

    private HeartbeatBell Bell { get; }

    private ICollection<string> Addresses =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];

    /// <summary>Serves the table of last time, if any, before it returns; newer ones come over the bus.</summary>
    public static async Task<GatewayServer> StartAsync(
        GatewayOptions options,
        MessageBus bus,
        ILoggerFactory loggerFactory,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        var gateway = await ServeAsync(options, loggerFactory, timeProvider, cancellationToken);
        try
        {
            await gateway.ConnectAsync(bus, cancellationToken);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Serves the table of last time, if any, before it returns.</summary>
    internal static async Task<GatewayServer> ServeAsync(
        GatewayOptions options,
        ILoggerFactory loggerFactory,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        var gateway = new GatewayServer(options, loggerFactory, timeProvider);
        try
        {
            await gateway.ServeAsync(cancellationToken);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes tables from the bus and reports over it from now on.</summary>
    internal async Task ConnectAsync(MessageBus bus, CancellationToken cancellationToken)
    {
        _receiving = await bus.ReceiveAsync<RouteTable>(
            Queues.Gateway(_options.GatewayId),
            ApplyAsync,
            cancellationToken
        );
        _reporter = new Reporter(_options, bus, _router, Bell, _timeProvider, _logger);
    }

    public async ValueTask DisposeAsync()
    {
        if (_receiving is not null)
        {
            await _receiving.DisposeAsync();
        }

        using (var late = new CancellationTokenSource(GatewayLimits.StopDeadline))
        {
            await _app.StopAsync(late.Token);
        }

        if (_prober is not null)
        {
            await _prober.DisposeAsync();
        }

        if (_reporter is not null)
        {
            await _reporter.DisposeAsync();
        }

        if (_metricsServer is not null)
        {
            await _metricsServer.DisposeAsync();
        }

        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        if (await _store.LoadAsync(cancellationToken) is { } saved)
        {
            var outcome = _router.Apply(saved);
            LogTable(outcome, saved.Epoch, saved.Revision, saved.Routes.Count);
        }

        if (_options.MetricsUrl is { } url)
        {
            _metricsServer = await MetricsServer.StartAsync(url, _metrics, _loggerFactory, cancellationToken);
        }

        await _app.StartAsync(cancellationToken);
        _prober = new HealthProber(_router, _client, _options.HealthInterval, _timeProvider, _logger);
        LogStarted(_options.GatewayId, Address);
    }

    private async Task ApplyAsync(RouteTable table, CancellationToken cancellationToken)
    {
        var outcome = _router.Apply(table);
        LogTable(outcome, table.Epoch, table.Revision, table.Routes.Count);
        if (outcome is not TableOutcome.Refused)
        {
            // Also one that is known: it may be here again because saving it failed.
            await _store.SaveAsync(table, cancellationToken);
        }
    }

    private Task HandleAsync(HttpContext context, Addressing addressing, Forwarder forwarder)
    {
        switch (context.Request.Path.Value)
        {
            case LivePath or ReadyPath when addressing.IsByHost(context.Request):
                return forwarder.HandleAsync(context);
            case LivePath:
                return context.Response.WriteAsync("live", context.RequestAborted);
            case ReadyPath:
                return _router.HasTable
                    ? context.Response.WriteAsync("ready", context.RequestAborted)
                    : Answers.WriteAsync(context, Answers.NoTable);
            default:
                return forwarder.HandleAsync(context);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Gateway {Gateway} listens on {Address}.")]
    private partial void LogStarted(string gateway, string address);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Table of epoch {Epoch}, revision {Revision} with {Routes} routes: {Outcome}."
    )]
    private partial void LogTable(TableOutcome outcome, long epoch, long revision, int routes);
}
