using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary>What people decide about a rollout: approve, reject, pause, resume, abort, roll back.</summary>
internal static class ActionCommands
{
    private const string WaitsForApproval = "waits for approval";
    private const string CanChange = "can still change";

    private static IReadOnlyList<Verb> Verbs { get; } =
    [
        new(
            "approve",
            "Let a rollout that waits for approval go on.",
            WaitsForApproval,
            rollout => rollout.IsWaitingForApproval
        ),
        new(
            "reject",
            "Refuse a rollout that waits for approval; it ends there.",
            WaitsForApproval,
            rollout => rollout.IsWaitingForApproval
        ),
        new(
            "pause",
            "Stop the clock of a rollout: it keeps its instances and traffic as they are.",
            "is running",
            rollout => !rollout.IsFinished && !Waiting.IsPaused(rollout)
        ),
        new("resume", "Let a paused or held rollout go on.", "is paused or held", Waiting.IsStopped),
        new("abort", "Give up a rollout: traffic goes back first, instances follow.", CanChange, IsActive),
        new("rollback", "Bring the old version back: traffic first, instances follow.", CanChange, IsActive),
    ];

    public static IEnumerable<Command> Create(Shell shell) => Verbs.Select(verb => CreateFor(verb, shell));

    public static Option<string> Reason() =>
        new("--reason")
        {
            Description = "Why; it goes into the journal.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };

    public static Task<ActionResult> PostAsync(
        Session session,
        string path,
        string reason,
        string? consistHash,
        CancellationToken cancellationToken
    ) =>
        session.Api.PostAsync(
            path,
            new RolloutAction { Reason = reason, ConsistHash = consistHash },
            CliJson.Default.RolloutAction,
            CliJson.Default.ActionResult,
            cancellationToken
        );

    private static bool IsActive(RolloutView rollout) => !rollout.IsFinished;

    private static Command CreateFor(Verb verb, Shell shell)
    {
        var name = Parts.Name(
            "id",
            $"Rollout (checkoutservice/118/prod); or a train or service of which exactly one rollout {verb.Need}."
        );
        var reason = Reason();
        var consist = Parts.Text(
            "--consist",
            "HASH",
            "Approve only this consist: refused if the train carries another."
        );
        var command = new Command(verb.Name, verb.Description) { name, reason };
        var takesConsist = verb.Name == "approve";
        if (takesConsist)
        {
            command.Add(consist);
        }

        shell.AddExamples(
            command,
            $"orc {verb.Name} checkoutservice/118/prod --reason '…'",
            $"orc {verb.Name} checkoutservice                        # when only one rollout {verb.Need}"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var (id, seen) = await new RolloutTarget(session).ResolveAsync(
                    parsed.GetRequiredValue(name),
                    verb.Name,
                    verb.IsCandidate,
                    verb.Need,
                    cancellationToken
                );
                // Found by name, it is what was seen a moment ago that is approved, and nothing newer.
                var hash = takesConsist ? parsed.GetValue(consist) ?? seen?.ConsistHash : null;
                var result = await PostAsync(
                    session,
                    Paths.RolloutAction(id, verb.Name),
                    parsed.GetRequiredValue(reason),
                    hash,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    /// <param name="Need">What the rollouts have in common that it makes sense for.</param>
    private sealed record Verb(string Name, string Description, string Need, Func<RolloutView, bool> IsCandidate);
}
