using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Contracts.Bus;
using Orchestrator.Messaging;

namespace Orchestrator.HostAgent;

/// <summary>Where the broker is, for an agent that runs by itself.</summary>
internal sealed class BusOptions
{
    public const string Section = "RabbitMq";

    [Required]
    public string Host { get; set; } = "127.0.0.1";

    [Range(1, 65535)]
    public int Port { get; set; } = 5672;

    [Required]
    public string VirtualHost { get; set; } = "/";

    [Required]
    public string User { get; set; } = "guest";

    [Required]
    public string Password { get; set; } = "guest";

    public RabbitMqSettings ToSettings(string hostId) =>
        new()
        {
            Host = Host,
            Port = Port,
            VirtualHost = VirtualHost,
            User = User,
            Password = Password,
            Out = Queues.OutOf(hostId),
        };
}

[OptionsValidator]
internal sealed partial class BusOptionsValidator : IValidateOptions<BusOptions>;

internal static class HostAgentRegistration
{
    /// <summary>Sections <c>Agent</c> and <c>RabbitMq</c>; from the environment as <c>ORC_Agent__HostId</c> and so on.</summary>
    public static IServiceCollection AddHostAgent(this IServiceCollection services)
    {
        services.AddOptions<HostAgentOptions>().BindConfiguration(HostAgentOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HostAgentOptions>, HostAgentOptionsValidator>();
        services.AddOptions<BusOptions>().BindConfiguration(BusOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BusOptions>, BusOptionsValidator>();
        services.AddSingleton(TimeProvider.System);
        services.AddHostedService<HostAgentService>();
        services.AddHostedService<MemoryThrift>();
        return services;
    }
}

/// <summary>The agent as a program: SIGTERM ends it and leaves the instances running.</summary>
internal sealed class HostAgentService(
    IOptions<HostAgentOptions> options,
    IOptions<BusOptions> bus,
    ILoggerFactory loggers,
    TimeProvider clock
) : BackgroundService
{
    private MessageBus? _bus;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var agent = await HostAgent.StartAsync(options.Value, ConnectAsync, loggers, clock, stoppingToken);
        try
        {
            // A failure flies on and ends the program: its supervisor starts it again, and it takes over what runs.
            await agent.Completion.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await agent.StopAsync(CancellationToken.None);
        }
        finally
        {
            if (_bus is { } connected)
            {
                await connected.DisposeAsync();
            }
        }
    }

    private async Task<MessageBus> ConnectAsync(CancellationToken cancellationToken) =>
        _bus = await MessageBus.StartRabbitMqAsync(
            bus.Value.ToSettings(options.Value.HostId),
            loggers,
            cancellationToken
        );
}
