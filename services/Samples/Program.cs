using Orchestrator.Samples;
using Orchestrator.Samples.Load;

const int UsageExitCode = 2;

using var stop = new StopSignal();

switch (Role.Parse(args, Environment.GetEnvironmentVariable))
{
    case Role.Serve(var settings):
        await SampleService.RunAsync(settings, stop.Token);
        return 0;

    case Role.Generate(var settings):
        await LoadProgram.RunAsync(settings, Console.Out, stop.Token);
        return 0;

    case Role.Misused(var reason):
        await Console.Error.WriteLineAsync($"sample: {reason}");
        return UsageExitCode;

    case var role:
        throw new System.Diagnostics.UnreachableException($"No such role: {role}.");
}
