using System.CommandLine;
using Orchestrator.Embedded;

// On its own the library gives up two seconds after SIGTERM, and would leave the instances that are not stopped by then.
var patient = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) };
return await EmbeddedCommand.Create(EmbeddedFleet.RunAsync).Parse(args).InvokeAsync(patient);
