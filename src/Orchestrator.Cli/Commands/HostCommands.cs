using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc hosts</c>, <c>drain</c>, <c>cordon</c>, <c>uncordon</c>.</summary>
internal static class HostCommands
{
    public static IEnumerable<Command> Create(Shell shell) =>
        [
            GetCommand.CreateFor(Kinds.Hosts, shell, "hosts", []),
            DrainCommand.Create(shell),
            CreateAction(shell, "cordon", "Place nothing new on a host; what runs there stays. Cancels a drain."),
            CreateAction(shell, "uncordon", "Let a cordoned, draining or drained host take instances again."),
        ];

    private static Command CreateAction(Shell shell, string verb, string description)
    {
        var host = Parts.Name("host", "Host, as `orc hosts` names it.");
        var command = new Command(verb, description) { host };
        shell.AddExamples(command, $"orc {verb} h2");
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await session.Api.PostAsync(
                    Paths.HostAction(parsed.GetRequiredValue(host), verb),
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }
}
