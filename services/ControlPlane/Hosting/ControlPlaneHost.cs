using Orchestrator.ControlPlane.Api;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.Messaging;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Hosting;

/// <summary>A running replica of the control plane. The database and the bus stay the caller's, to be disposed of after it.</summary>
public sealed class ControlPlaneHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ControlPlaneHost(WebApplication app) => _app = app;

    /// <summary>Where the API listens.</summary>
    public Uri Address => new(_app.Urls.First());

    internal IServiceProvider Services => _app.Services;

    /// <summary>As the other, with nothing beside the API.</summary>
    public static Task<ControlPlaneHost> StartAsync(
        ControlPlaneOptions options,
        Database database,
        MessageBus bus,
        ILoggerFactory loggerFactory,
        TimeProvider clock,
        CancellationToken cancellationToken
    ) => StartAsync(options, database, bus, loggerFactory, clock, _ => { }, cancellationToken);

    /// <summary>Returns once it listens; it may lead only later. Throws <see cref="Microsoft.Extensions.Options.OptionsValidationException"/> for options that cannot work.</summary>
    /// <param name="mapMore">Adds endpoints of the program around it; only admins reach them.</param>
    public static async Task<ControlPlaneHost> StartAsync(
        ControlPlaneOptions options,
        Database database,
        MessageBus bus,
        ILoggerFactory loggerFactory,
        TimeProvider clock,
        Action<IEndpointRouteBuilder> mapMore,
        CancellationToken cancellationToken
    )
    {
        // Slim, and without the command line or files: what it needs to know is in the options.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ApplicationName = nameof(Orchestrator) }
        );
        builder.Logging.Services.AddSingleton(loggerFactory);
        builder.WebHost.UseUrls(options.ListenUrl);
        builder.Services.AddControlPlane(options, database, bus, clock);
        builder.Services.AddControlPlaneApi();
        var app = builder.Build();
        try
        {
            app.UseControlPlaneApi();
            mapMore(app.MapGroup("").RequireAuthorization(Caller.Admin));
            await app.StartAsync(cancellationToken);
            await FirstToken.LeaveAsync(
                options,
                database,
                new Uri(app.Urls.First()),
                clock.GetUtcNow(),
                cancellationToken
            );
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new ControlPlaneHost(app);
    }

    /// <summary>Until it was asked to stop, by a signal or by <see cref="StopAsync"/>.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) =>
        _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Decides what was asked before and gives the lease back.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
