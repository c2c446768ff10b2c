using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc token create|list|revoke</c>.</summary>
internal static class TokenCommands
{
    public static Command Create(Shell shell)
    {
        var command = new Command("token", "Who may do what: create, list and revoke tokens.")
        {
            CreateCreate(shell),
            GetCommand.CreateFor(Kinds.Tokens, shell, "list", []),
            CreateRevoke(shell),
        };
        shell.AddExamples(
            command,
            "orc token create ci --role publisher:payments",
            "orc token create ana --role viewer --role approver:prod",
            "orc token list",
            "orc token revoke 7"
        );
        return command;
    }

    private static Command CreateCreate(Shell shell)
    {
        var name = Parts.Name("name", "Whose token it is; the journal shows this name.");
        var roles = new Option<string[]>("--role")
        {
            Description =
                "viewer, publisher:TEAM, sampler:TEAM, approver:STAGE, group:NAME, operator or admin. May be repeated.",
            HelpName = "ROLE",
            Required = true,
        };
        var command = new Command("create", "Create a token; its secret is printed once.") { name, roles };
        shell.AddExamples(command, "orc token create ci --role publisher:payments -o json | jq -r .secret");
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var token = await session.Api.PostAsync(
                    Paths.Tokens,
                    new TokenRequest(parsed.GetRequiredValue(name), parsed.GetRequiredValue(roles)),
                    CliJson.Default.TokenRequest,
                    CliJson.Default.TokenCreated,
                    cancellationToken
                );
                session.Output.Show(token, CliJson.Default.TokenCreated, AnswerSheets.Token);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateRevoke(Shell shell)
    {
        var id = Parts.Name("id", "Id of the token, as `orc token list` shows it.");
        var command = new Command("revoke", "Make a token worthless at once.") { id };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await session.Api.DeleteAsync(
                    Paths.Token(parsed.GetRequiredValue(id)),
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
