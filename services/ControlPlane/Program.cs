using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Messaging;

// One replica of many, with PostgreSQL or SQLite and RabbitMQ. The single-process form is the Embedded program.
var configuration = new ConfigurationBuilder()
    .AddJsonFile("appsettings.json", optional: true)
    .AddEnvironmentVariables("ORC_")
    .AddCommandLine(args)
    .Build();
var options = configuration.GetSection(ControlPlaneOptions.Section).Get<ControlPlaneOptions>() ?? new();
options.ThrowIfInvalid();
var broker =
    configuration.GetSection("RabbitMq").Get<RabbitMqSettings>()
    ?? throw new InvalidOperationException("The section RabbitMq is missing: Host, Port, VirtualHost, User, Password.");

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
