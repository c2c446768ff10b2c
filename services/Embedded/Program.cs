using Orchestrator.Embedded;

return await EmbeddedCommand.Create(EmbeddedFleet.RunAsync).Parse(args).InvokeAsync();
