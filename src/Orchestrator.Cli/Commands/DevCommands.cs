using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc dev</c>: trouble on purpose, for the embedded program only.</summary>
internal static class DevCommands
{
    public static Command Create(Shell shell)
    {
        var command = new Command("dev", "Make trouble on purpose. Only the Embedded program allows it.")
        {
            CreateAction(shell, "power-off", "Cut the power of a host: its agent and its containers die at once."),
            CreateAction(shell, "power-on", "Start a host again after power-off."),
        };
        shell.AddExamples(command, "orc dev power-off h2", "orc dev power-on h2");
        return command;
    }

    private static Command CreateAction(Shell shell, string verb, string description)
    {
        var host = Parts.Name("host", "Host, as `orc hosts` names it.");
        var command = new Command(verb, description) { host };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await session.Api.PostAsync(
                    Paths.DevHostAction(parsed.GetRequiredValue(host), verb),
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
