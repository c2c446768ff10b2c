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

/// <summary>Starts the gateway with the process and stops it with it.</summary>
internal sealed class GatewayHosting(
    IOptions<GatewayOptions> options,
    IOptions<GatewayBusOptions> busOptions,
    ILoggerFactory loggerFactory,
    TimeProvider timeProvider
) : IHostedService
{
    private MessageBus? _bus;
    private GatewayServer? _gateway;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _bus = await MessageBus.StartRabbitMqAsync(busOptions.Value.ToSettings(), loggerFactory, cancellationToken);
        _gateway = await GatewayServer.StartAsync(options.Value, _bus, loggerFactory, timeProvider, cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_bus is not null)
        {
            await _bus.DisposeAsync();
        }
    }
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
