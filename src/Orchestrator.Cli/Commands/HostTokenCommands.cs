using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc host token|tokens|revoke|forget</c>: who joins the fleet. <c>list</c> and <c>describe</c> are beside them.</summary>
internal static class HostTokenCommands
{
    public static Command Create(Shell shell)
    {
        var command = new Command("host", "Let machines join as hosts, and put them out.")
        {
            CreateToken(shell),
            CreateTokens(shell),
            CreateRevoke(shell),
            HostCommands.CreateAction(
                shell,
                ["host", "forget"],
                "Delete the user that a host has on the broker: its agent is cut off. Drain it before."
            ),
            GetCommand.CreateFor(Kinds.Hosts, shell, "list", []),
            DescribeCommand.CreateFor(Kinds.Hosts, shell, "describe", []),
        };
        shell.AddExamples(
            command,
            "orc host token --host web-7",
            "orc host token --ttl 10m -o json | jq -r .token >token",
            "orc host tokens",
            "orc host forget web-7"
        );
        return command;
    }

    private static Command CreateToken(Shell shell)
    {
        var host = Parts.Text("--host", "NAME", "The only host that may use it; else any that has not joined yet.");
        var ttl = Parts.Duration("--ttl", "How long it is good for, 24h at most. (default: 1h)", otherwise: null);
        var command = new Command("token", "Create a token that lets one host join once; it is printed once.")
        {
            host,
            ttl,
        };
        shell.AddExamples(
            command,
            "orc host token --host web-7",
            "orc host token --ttl 10m -o json | jq -r .token >token"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var token = await session.Api.PostAsync(
                    Paths.HostTokens,
                    new HostTokenRequest
                    {
                        Host = parsed.GetValue(host),
                        TtlSeconds = (long?)parsed.GetValue(ttl)?.TotalSeconds,
                    },
                    CliJson.Default.HostTokenRequest,
                    CliJson.Default.HostTokenCreated,
                    cancellationToken
                );
                var now = session.Surroundings.Time.GetUtcNow();
                session.Output.Show(
                    token,
                    CliJson.Default.HostTokenCreated,
                    created => HostTokenSheets.Created(created, now)
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateTokens(Shell shell)
    {
        var command = new Command("tokens", "List the tokens that can still be used.");
        shell.OnRun(
            command,
            async (session, _, cancellationToken) =>
            {
                var page = await session.Api.GetAsync(
                    Paths.HostTokens,
                    CliJson.Default.PageHostTokenView,
                    cancellationToken
                );
                var now = session.Surroundings.Time.GetUtcNow();
                session.Output.Show(page, CliJson.Default.PageHostTokenView, open => HostTokenSheets.List(open, now));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateRevoke(Shell shell)
    {
        var id = Parts.Name("id", "Id of the token, as `orc host tokens` shows it.");
        var command = new Command("revoke", "Take a token back, so that nobody joins with it.") { id };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await session.Api.DeleteAsync(
                    Paths.HostToken(parsed.GetRequiredValue(id)),
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
