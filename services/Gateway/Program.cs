using Orchestrator.Gateway;

// The gateway on its own, on RabbitMQ. Configuration as usual: appsettings.json, environment, command line.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddGateway();
await builder.Build().RunAsync();
return 0;
