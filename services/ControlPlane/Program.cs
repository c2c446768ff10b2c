using Orchestrator.ControlPlane.Enrolling;
using Orchestrator.ControlPlane.Evidence;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.ControlPlane.Webhooks;
using Orchestrator.Messaging;

// One replica of many, with PostgreSQL or SQLite and RabbitMQ. The single-process form is the Embedded program.
var configuration = new ConfigurationBuilder()
    .AddJsonFile("appsettings.json", optional: true)
    .AddEnvironmentVariables("ORC_")
    .AddCommandLine(args)
    .Build();
var options = configuration.GetSection(ControlPlaneOptions.Section).Get<ControlPlaneOptions>() ?? new();
options.Enrolment = configuration.GetSection(EnrolmentOptions.Section).Get<EnrolmentOptions>() ?? new();
options.Providers = configuration.GetSection(ProviderOptions.Section).Get<Dictionary<string, ProviderOptions>>() ?? [];
options.Webhooks = configuration.GetSection(WebhookOptions.Section).Get<Dictionary<string, WebhookOptions>>() ?? [];
options.ThrowIfInvalid();
if (
    configuration.GetSection("RabbitMq").Get<RabbitMqSettings>()
    is not { Host.Length: > 0, User.Length: > 0, Password.Length: > 0 } broker
)
{
    await Console.Error.WriteLineAsync(
        "Where is the broker? Set ORC_RabbitMq__Host, ORC_RabbitMq__User and ORC_RabbitMq__Password; "
            + "ORC_RabbitMq__Port is 5672 and ORC_RabbitMq__VirtualHost is / unless you say otherwise."
    );
    return 2;
}

options.Enrolment = options.Enrolment.Behind(broker);
using var loggerFactory = LoggerFactory.Create(logging =>
    // Six lines for every request would hide what is decided.
    logging.AddConsole().AddFilter("Microsoft", LogLevel.Warning).AddFilter("Quartz", LogLevel.Warning)
);
await using var database = await options.OpenDatabaseAsync(CancellationToken.None);
await using var bus = await MessageBus.StartRabbitMqAsync(broker, loggerFactory, CancellationToken.None);
await using var host = await ControlPlaneHost.StartAsync(
    options,
    database,
    bus,
    loggerFactory,
    TimeProvider.System,
    CancellationToken.None
);
await host.WaitForShutdownAsync(CancellationToken.None);
return 0;
