using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Orchestrator.Messaging;

namespace Orchestrator.Gateway;

/// <summary>Where the broker is, for a gateway that runs on its own.</summary>
internal sealed class GatewayBusOptions
{
    public const string Section = "RabbitMq";

    [Required]
    public string Host { get; set; } = "127.0.0.1";

    [Range(1, 65_535)]
    public int Port { get; set; } = 5672;

    [Required]
    public string VirtualHost { get; set; } = "/";

    [Required]
    public string User { get; set; } = "guest";

    [Required]
    public string Password { get; set; } = "guest";

    public QueueKind Queues { get; set; } = QueueKind.Classic;

    public RabbitMqSettings ToSettings() =>
        new()
        {
            Host = Host,
            Port = Port,
            VirtualHost = VirtualHost,
            User = User,
            Password = Password,
            Queues = Queues,
        };
}

[OptionsValidator]
internal sealed partial class GatewayBusOptionsValidator : IValidateOptions<GatewayBusOptions>;

/// <summary>
/// Starts the gateway with the process and stops it with it. It serves the table of last time before it knows whether there
/// is a broker, and looks for one until it has found it.
/// </summary>
internal sealed partial class GatewayHosting(
    IOptions<GatewayOptions> options,
    IOptions<GatewayBusOptions> busOptions,
    ILoggerFactory loggerFactory,
    TimeProvider timeProvider
) : BackgroundService
{
    private readonly ILogger _logger = loggerFactory.CreateLogger<GatewayHosting>();
    private GatewayServer? _gateway;
    private MessageBus? _bus;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _gateway = await GatewayServer.ServeAsync(options.Value, loggerFactory, timeProvider, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_bus is not null)
        {
            await _bus.DisposeAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (_gateway is { } gateway && !await TryConnectAsync(gateway, stoppingToken))
        {
            await Task.Delay(GatewayLimits.BrokerRetryDelay, timeProvider, stoppingToken);
        }
    }

    private async Task<bool> TryConnectAsync(GatewayServer gateway, CancellationToken cancellationToken)
    {
        MessageBus? bus = null;
        try
        {
            bus = await MessageBus.StartRabbitMqAsync(busOptions.Value.ToSettings(), loggerFactory, cancellationToken);
            await gateway.ConnectAsync(bus, cancellationToken);
            _bus = bus;
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The one edge that retries: without a broker the gateway still serves, which is all that it is for.
            LogNoBroker(exception);
            if (bus is not null)
            {
                await bus.DisposeAsync();
            }

            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no broker; serving what is known, and trying again.")]
    private partial void LogNoBroker(Exception exception);
}

internal static class GatewayServices
{
    public static IServiceCollection AddGateway(this IServiceCollection services)
    {
        services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddOptions<GatewayBusOptions>().BindConfiguration(GatewayBusOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayBusOptions>, GatewayBusOptionsValidator>();
        services.AddSingleton(TimeProvider.System);
        services.AddHostedService<GatewayHosting>();
        return services;
    }
}
