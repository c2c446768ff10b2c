using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Orchestrator.HostAgent;

var builder = Host.CreateApplicationBuilder(args);
builder.Configuration.AddEnvironmentVariables("ORC_");
builder.Services.AddHostAgent();
using var host = builder.Build();
await host.RunAsync();
return 0;
