using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc trains</c> and <c>orc train status|cancel|retry|recall</c>.</summary>
internal static class TrainCommands
{
    public static IEnumerable<Command> Create(Shell shell)
    {
        var trains = GetCommand.CreateFor(Kinds.Trains, shell, "trains", []);
        shell.AddExamples(trains, "orc trains", "orc trains checkoutservice");

        var train = new Command("train", "Look at one train, cancel, retry or recall it.")
        {
            CreateStatus(shell),
            CreateFor(shell, "cancel", "Cancel a train before it departs; what boarded it waits for the next."),
            CreateFor(shell, "retry", "Send what failed off again, at once, from the stage where it failed."),
            CreateFor(
                shell,
                "review",
                "Say what you found of a train for which the glass was broken; its review stays open until then."
            ),
            CreateFor(
                shell,
                "recall",
                "Take back what a train brought, at every stage: traffic first, instances follow."
            ),
        };
        shell.AddExamples(
            train,
            "orc train status checkoutservice/118",
            "orc train cancel checkoutservice/118 --reason 'wrong image'",
            "orc train recall checkoutservice/118 --reason 'wrong prices'"
        );
        return [trains, train];
    }

    private static Command CreateStatus(Shell shell)
    {
        var id = Parts.Name("id", "Train, such as checkoutservice/118.");
        var command = new Command("status", "What a train carries and how far it got.") { id };
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                Kinds.Trains.DescribeAsync(session, parsed.GetRequiredValue(id), cancellationToken)
        );
        return command;
    }

    private static Command CreateFor(Shell shell, string verb, string description)
    {
        var id = Parts.Name("id", "Train, such as checkoutservice/118.");
        var reason = ActionCommands.Reason();
        var command = new Command(verb, description) { id, reason };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var result = await ActionCommands.PostAsync(
                    session,
                    Paths.TrainAction(parsed.GetRequiredValue(id), verb),
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
