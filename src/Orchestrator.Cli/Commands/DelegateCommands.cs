using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc delegate create|list|revoke</c>: who may approve in whose stead.</summary>
internal static class DelegateCommands
{
    public static Command Create(Shell shell)
    {
        var command = new Command("delegate", "Let another person approve in your stead for a while.")
        {
            CreateCreate(shell),
            CreateList(shell),
            CreateRevoke(shell),
        };
        shell.AddExamples(
            command,
            "orc delegate create --to bo --group payments --until 2026-12-24 --reason 'on holiday'",
            "orc delegate list",
            "orc delegate revoke 3 --reason 'back again'"
        );
        return command;
    }

    private static Command CreateCreate(Shell shell)
    {
        var to = Required("--to", "NAME", "Who may, by the name of their token.");
        var group = Parts.Text("--group", "GROUP", "Where this group approves, of which you are a member.");
        var stage = Parts.Text("--stage", "STAGE", "At this stage, of which you are an approver.");
        var until = new Option<DateTimeOffset?>("--until")
        {
            Description =
                "Until then, at most 30 days from now: 2026-12-24, or 2026-12-24T18:00Z. UTC unless it says otherwise.",
            HelpName = "TIME",
            Required = true,
            CustomParser = ParseTime,
        };
        var reason = Required("--reason", "TEXT", "Why; it goes into the journal.");
        var command = new Command("create", "Let a person approve in your stead. They cannot delegate it on.")
        {
            to,
            group,
            stage,
            until,
            reason,
        };
        shell.AddExamples(
            command,
            "orc delegate create --to bo --group payments --until 2026-12-24 --reason 'on holiday'",
            "orc delegate create --to bo --stage prod --until 2026-12-24T18:00Z --reason 'at the dentist'"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var (ofGroup, ofStage) = (parsed.GetValue(group), parsed.GetValue(stage));
                if (ofGroup is null == ofStage is null)
                {
                    throw new CommandFailedException(
                        ExitCode.Usage,
                        "A delegation is about a group or about a stage.",
                        "Write either --group GROUP or --stage STAGE."
                    );
                }

                var result = await session.Api.PostAsync(
                    Paths.Delegations,
                    new DelegationRequest
                    {
                        To = parsed.GetRequiredValue(to),
                        Group = ofGroup,
                        Stage = ofStage,
                        Until = parsed.GetRequiredValue(until)!.Value,
                        Reason = parsed.GetRequiredValue(reason),
                    },
                    CliJson.Default.DelegationRequest,
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateList(Shell shell)
    {
        var command = new Command("list", "List who may approve in whose stead, and who might lately.");
        shell.OnRun(
            command,
            async (session, _, cancellationToken) =>
            {
                var page = await session.Api.GetAsync(
                    Paths.Delegations,
                    CliJson.Default.PageDelegationView,
                    cancellationToken
                );
                var now = session.Surroundings.Time.GetUtcNow();
                session.Output.Show(page, CliJson.Default.PageDelegationView, each => DelegationSheets.List(each, now));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateRevoke(Shell shell)
    {
        var number = new Argument<long>("number") { Description = "As `orc delegate list` numbers it." };
        var reason = ActionCommands.Reason();
        var command = new Command("revoke", "End a delegation now; what was approved by it stays approved.")
        {
            number,
            reason,
        };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await ActionCommands.PostAsync(
                    session,
                    Paths.RevokeDelegation(parsed.GetRequiredValue(number)),
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

    private static Option<string> Required(string name, string valueName, string description) =>
        new(name)
        {
            Description = description,
            HelpName = valueName,
            Required = true,
        };

    private static DateTimeOffset? ParseTime(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (
            DateTimeOffset.TryParseExact(
                text,
                ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK"],
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var time
            )
        )
        {
            return time;
        }

        result.AddError($"'{text}' is not a time: write 2026-12-24 or 2026-12-24T18:00Z.");
        return null;
    }
}
