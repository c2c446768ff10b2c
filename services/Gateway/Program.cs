using Orchestrator.Gateway;

// The gateway on its own, on RabbitMQ. Configuration as usual: appsettings.json, environment (ORC_ first), command line.
var builder = Host.CreateApplicationBuilder(args);
builder.Configuration.AddEnvironmentVariables("ORC_");
builder.Services.AddGateway();
await builder.Build().RunAsync();
return 0;
