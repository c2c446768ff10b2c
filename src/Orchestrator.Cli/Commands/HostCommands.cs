using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc host</c>, <c>hosts</c>, <c>drain</c>, <c>cordon</c>, <c>uncordon</c>.</summary>
internal static class HostCommands
{
    public static IEnumerable<Command> Create(Shell shell) =>
        [
            HostTokenCommands.Create(shell),
            GetCommand.CreateFor(Kinds.Hosts, shell, "hosts", []),
            DrainCommand.Create(shell),
            CreateAction(shell, ["cordon"], "Place nothing new on a host; what runs there stays. Cancels a drain."),
            CreateAction(shell, ["uncordon"], "Let a cordoned, draining or drained host take instances again."),
        ];

    /// <param name="path">The words that lead to it; the last is also what the API calls it.</param>
    public static Command CreateAction(Shell shell, IReadOnlyList<string> path, string description)
    {
        var verb = path[^1];
        var host = Parts.Name("host", "Host, as `orc hosts` names it.");
        var command = new Command(verb, description) { host };
        shell.AddExamples(command, $"orc {string.Join(' ', path)} h2");
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
