using Orchestrator.Cli;

return await Orc.RunAsync(args, Surroundings.OfThisProcess(), CancellationToken.None);
