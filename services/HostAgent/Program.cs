using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Orchestrator.HostAgent;
using Orchestrator.HostAgent.Enrolment;

// Without a command it is the agent, as it is configured; a supervisor runs it like that.
if (args is ["join" or "--help" or "-h" or "-?" or "--version", ..])
{
    return await JoinCommand.Create(Console.In, Console.Out, Console.Error).Parse(args).InvokeAsync();
}

var builder = Host.CreateApplicationBuilder(args);
builder.Configuration.AddEnvironmentVariables("ORC_");
builder.Configuration.AddEnrolment();
builder.Services.AddHostAgent();

// Tells systemd when it has started, where systemd runs it.
builder.Services.AddSystemd();
using var host = builder.Build();
await host.RunAsync();
return 0;
