using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc express|yank|unyank</c>: whether and when a version travels, apart from the timetable.</summary>
internal static class VersionCommands
{
    public static IEnumerable<Command> Create(Shell shell) =>
        [
            CreateExpress(shell),
            CreateFor(
                shell,
                "yank",
                "Let a version travel no more: no train takes it along, and nobody goes back to it. What runs stays.",
                "orc yank checkoutservice 1.2.0 --reason 'loses orders'"
            ),
            CreateFor(
                shell,
                "unyank",
                "Let a yanked version travel again.",
                "orc unyank checkoutservice 1.2.0 --reason 'it was the network'"
            ),
        ];

    private static Command CreateExpress(Shell shell)
    {
        var service = Parts.Name("service", "Service, as `orc get services` names it.");
        var version = Parts.Name("version", "A published version, such as 1.2.0.");
        var glass = Parts.Duration(
            "--break-glass",
            "So long neither windows nor approvals hold for it, 1m to 24h; the judge does. Needs --reason, and somebody else must review it.",
            otherwise: null
        );
        var reason = ActionCommands.Reason();
        var command = new Command(
            "express",
            "Let a version leave now, off the timetable. It passes every gate and the judge as any other."
        )
        {
            service,
            version,
            glass,
            reason,
        };
        shell.AddExamples(
            command,
            "orc express checkoutservice 1.2.1 --reason 'fixes the outage'",
            "orc express checkoutservice 1.2.1 --break-glass 1h --reason 'customers cannot pay, and it is Christmas'"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var path = Paths.VersionAction(
                    parsed.GetRequiredValue(service),
                    parsed.GetRequiredValue(version),
                    "express"
                );
                var request = new ExpressRequest
                {
                    Reason = parsed.GetRequiredValue(reason),
                    BreakGlassSeconds = (long?)parsed.GetValue(glass)?.TotalSeconds,
                };
                var result = await session.Api.PostAsync(
                    path,
                    request,
                    CliJson.Default.ExpressRequest,
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateFor(Shell shell, string verb, string description, string example)
    {
        var service = Parts.Name("service", "Service, as `orc get services` names it.");
        var version = Parts.Name("version", "A published version, such as 1.2.0.");
        var reason = ActionCommands.Reason();
        var command = new Command(verb, description) { service, version, reason };
        shell.AddExamples(command, example);
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await ActionCommands.PostAsync(
                    session,
                    Paths.VersionAction(parsed.GetRequiredValue(service), parsed.GetRequiredValue(version), verb),
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
