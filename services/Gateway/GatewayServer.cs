using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Orchestrator.Contracts.Bus;
using Orchestrator.Gateway.Forwarding;
using Orchestrator.Gateway.Routing;
using Orchestrator.Messaging;
using Yarp.ReverseProxy.Forwarder;

namespace Orchestrator.Gateway;

/// <summary>A running gateway: <c>/{stage}/{service}/…</c>, or the host <c>{service}.{stage}.{domain}</c>, split by version weight over the instances of the last table.</summary>
public sealed partial class GatewayServer : IAsyncDisposable
{
    private const string LivePath = "/healthz";
    private const string ReadyPath = "/readyz";

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _client = Upstream.CreateClient();
    private readonly Router _router;
    private readonly TableStore _store;
    private readonly ILogger _logger;
    private Reporter? _reporter;
    private IAsyncDisposable? _receiving;

    private GatewayServer(GatewayOptions options, ILoggerFactory loggerFactory, TimeProvider timeProvider)
    {
        _logger = loggerFactory.CreateLogger<GatewayServer>();
        Bell = new HeartbeatBell();
        _router = new Router(timeProvider, Bell);
        _store = new TableStore(options.DataDirectory, _logger);
        _app = GatewayApp.Create(options, loggerFactory);
        var addressing = new Addressing(_router, options.Domain);
        var forwarder = new Forwarder(
            _router,
            addressing,
            _app.Services.GetRequiredService<IHttpForwarder>(),
            _client,
            new RequestLimits(options.MaxBodyBytes, options.MaxHeaderBytes),
            timeProvider
        );
        _app.Run(context => HandleAsync(context, addressing, forwarder));
    }

    /// <summary>Where it listens; the port is the real one also when any was asked for.</summary>
    public string Address => Addresses.FirstOrDefault() ?? "";

    /// <summary>Where it speaks HTTP/2 from the first byte on; null when it does nowhere.</summary>
    public string? Http2Address => Addresses.ElementAtOrDefault(1);

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
        var gateway = new GatewayServer(options, loggerFactory, timeProvider);
        try
        {
            await gateway.StartAsync(options, bus, timeProvider, cancellationToken);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
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

        if (_reporter is not null)
        {
            await _reporter.DisposeAsync();
        }

        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task StartAsync(
        GatewayOptions options,
        MessageBus bus,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        if (await _store.LoadAsync(cancellationToken) is { } saved)
        {
            var outcome = _router.Apply(saved);
            LogTable(outcome, saved.Epoch, saved.Revision, saved.Routes.Count);
        }

        await _app.StartAsync(cancellationToken);
        _receiving = await bus.ReceiveAsync<RouteTable>(
            Queues.Gateway(options.GatewayId),
            ApplyAsync,
            cancellationToken
        );
        _reporter = new Reporter(options, bus, _router, Bell, timeProvider, _logger);
        var address = Address;
        LogStarted(options.GatewayId, address);
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
