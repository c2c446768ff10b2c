using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc halt</c> and <c>orc release</c>: stop the line, and let it go on.</summary>
internal static class HaltCommands
{
    public static IEnumerable<Command> Create(Shell shell) => [CreateHalt(shell), CreateRelease(shell)];

    private static Command CreateHalt(Shell shell)
    {
        var services = new Argument<string[]>("service")
        {
            Description = "Lines to stop; needs --all for all of them.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var all = Parts.Flag("--all", "Stop all lines.");
        var stage = Parts.Text("--stage", "STAGE", "Only at this stage.");
        var time = Parts.Duration("--for", "It ends by itself after this long. Such as 30m, 2h.", otherwise: null);
        var reason = ActionCommands.Reason();
        var command = new Command(
            "halt",
            "Stop the line: nothing departs, begins or goes on until it is released. What goes back goes on."
        )
        {
            services,
            all,
            stage,
            time,
            reason,
        };
        shell.AddExamples(
            command,
            "orc halt checkoutservice --reason 'orders are lost'",
            "orc halt --all --stage prod --for 2h --reason 'the data centre is on batteries'"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var names = parsed.GetValue(services) ?? [];
                if (names.Length == 0 != parsed.GetValue(all))
                {
                    throw new CommandFailedException(
                        ExitCode.Usage,
                        names.Length == 0 ? "Which line?" : "Name lines, or write --all.",
                        "orc halt checkoutservice; or orc halt --all"
                    );
                }

                var result = await session.Api.PostAsync(
                    Paths.Halts,
                    new HaltRequest
                    {
                        Services = names,
                        Stages = parsed.GetValue(stage) is { } name ? [name] : [],
                        WithinSeconds = (long?)parsed.GetValue(time)?.TotalSeconds,
                        Reason = parsed.GetRequiredValue(reason),
                    },
                    CliJson.Default.HaltRequest,
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateRelease(Shell shell)
    {
        var name = Parts.Name("window", "Halt or window, as `orc get windows` names it.");
        var reason = ActionCommands.Reason();
        var command = new Command("release", "End a halt, or any window: what waited for it goes on.") { name, reason };
        shell.AddExamples(command, "orc release halt-1 --reason 'found and mended'");
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await ActionCommands.PostAsync(
                    session,
                    Paths.ReleaseWindow(parsed.GetRequiredValue(name)),
                    parsed.GetRequiredValue(reason),
                    consistHash: null,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }
}
