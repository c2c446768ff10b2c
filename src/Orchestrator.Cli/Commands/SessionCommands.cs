using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc whoami</c>, <c>ui</c>, <c>version</c>.</summary>
internal static class SessionCommands
{
    public static IEnumerable<Command> Create(Shell shell) =>
        [CreateWhoAmI(shell), CreateUi(shell), CreateVersion(shell)];

    private static Command CreateWhoAmI(Shell shell)
    {
        var command = new Command("whoami", "Show whose token is used, and its roles.");
        shell.OnRun(
            command,
            async (session, _, cancellationToken) =>
            {
                var who = await session.Api.GetAsync(Paths.WhoAmI, CliJson.Default.WhoAmI, cancellationToken);
                session.Output.Show(who, CliJson.Default.WhoAmI, AnswerSheets.WhoAmI);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateUi(Shell shell)
    {
        var command = new Command("ui", "Print a link that opens the status page once, signed in as you.");
        shell.AddExamples(command, "orc ui", "xdg-open \"$(orc ui)\"");
        shell.OnRun(
            command,
            async (session, _, cancellationToken) =>
            {
                var link = await session.Api.PostAsync(
                    Paths.SignInLinks,
                    CliJson.Default.SignInLink,
                    cancellationToken
                );
                session.Output.Show(link, CliJson.Default.SignInLink, view => Sheet.Of(new Block.Link(view.Url)));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateVersion(Shell shell)
    {
        var command = new Command("version", "Show the version of this program.");
        command.SetAction(parsed =>
        {
            var version = typeof(SessionCommands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
            shell
                .OutputOf(parsed)
                .Show(
                    new ProgramVersion(
                        version?.InformationalVersion ?? "unknown",
                        RuntimeInformation.FrameworkDescription
                    ),
                    CliJson.Default.ProgramVersion,
                    program => Sheet.Of(new Block.Line($"orc {program.Version} on {program.Runtime}"))
                );
            return ExitCode.Done;
        });
        return command;
    }
}
