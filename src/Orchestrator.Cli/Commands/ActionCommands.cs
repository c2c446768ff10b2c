using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary>What people decide about a rollout: approve, reject, pause, resume, abort, roll back.</summary>
internal static class ActionCommands
{
    private const string Approve = "approve";
    private const string SkipStep = "skip";
    private const string WaitsForApproval = "waits for approval";
    private const string CanChange = "can still change";

    private static IReadOnlyList<Verb> Verbs { get; } =
    [
        new(
            Approve,
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
        new(
            "revoke",
            "Take back your own approval, as long as nothing has come of it.",
            "can still change",
            rollout => !rollout.IsFinished
        ),
        new(
            SkipStep,
            "Go on to the next canary step without a verdict of this one, or with --webhook without that webhook.",
            "is at a canary step",
            IsAtStep
        ),
        new(
            "promote",
            "Promote a canary now; where a person must approve, it waits for that.",
            "is at a canary step",
            IsAtStep
        ),
        new("abort", "Give up a rollout: traffic goes back first, instances follow.", CanChange, IsActive),
    ];

    public static IEnumerable<Command> Create(Shell shell) =>
        [.. Verbs.Select(verb => CreateFor(verb, shell)), CreateRollback(shell)];

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
    ) => PostAsync(session, path, new RolloutAction { Reason = reason, ConsistHash = consistHash }, cancellationToken);

    private static Task<ActionResult> PostAsync(
        Session session,
        string path,
        RolloutAction action,
        CancellationToken cancellationToken
    ) =>
        session.Api.PostAsync(
            path,
            action,
            CliJson.Default.RolloutAction,
            CliJson.Default.ActionResult,
            cancellationToken
        );

    private static bool IsAtStep(RolloutView rollout) => !rollout.IsFinished && rollout.Step < rollout.Steps.Count - 1;

    private static bool IsActive(RolloutView rollout) => !rollout.IsFinished;

    /// <summary>With a version it is a train of its own, back to what once succeeded; without one the rollout goes back itself.</summary>
    private static Command CreateRollback(Shell shell)
    {
        var name = Parts.Name("id", "Rollout (checkoutservice/118/prod); or with --to a service.");
        var to = Parts.Text("--to", "VERSION", "Go back to this one, which once succeeded at the stage.");
        var stage = Parts.Text("--stage", "STAGE", "With --to: at which stage.");
        var reason = Reason();
        var command = new Command("rollback", "Bring an old version back: traffic first, instances follow.")
        {
            name,
            to,
            stage,
            reason,
        };
        shell.AddExamples(
            command,
            "orc rollback checkoutservice/118/prod --reason '…'     # what that rollout replaced",
            "orc rollback checkoutservice --stage prod --to 1.2.0   # any version that once succeeded there"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var (id, version, at) = (parsed.GetRequiredValue(name), parsed.GetValue(to), parsed.GetValue(stage));
                if (version is null != at is null)
                {
                    throw new CommandFailedException(
                        ExitCode.Usage,
                        version is null ? "--stage needs --to." : "--to needs --stage.",
                        $"Write both: orc rollback {id.Split('/')[0]} --stage prod --to 1.2.0"
                    );
                }

                var why = parsed.GetRequiredValue(reason);
                var result =
                    version is null || at is null
                        ? await RollBackAsync(session, id, why, cancellationToken)
                        : await session.Api.PostAsync(
                            Paths.RollBack(id, at),
                            new RollbackRequest { Version = version, Reason = why },
                            CliJson.Default.RollbackRequest,
                            CliJson.Default.ActionResult,
                            cancellationToken
                        );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static async Task<ActionResult> RollBackAsync(
        Session session,
        string name,
        string reason,
        CancellationToken cancellationToken
    )
    {
        var (id, _) = await new RolloutTarget(session).ResolveAsync(
            name,
            "rollback",
            IsActive,
            CanChange,
            cancellationToken
        );
        return await PostAsync(
            session,
            Paths.RolloutAction(id, "rollback"),
            reason,
            consistHash: null,
            cancellationToken
        );
    }

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
        var webhook = Parts.Text(
            "--webhook",
            "NAME",
            "Go on without this webhook, in place of a step. Needs --reason."
        );
        var (takesConsist, takesWebhook) = (verb.Name == Approve, verb.Name == SkipStep);
        if (takesConsist)
        {
            command.Add(consist);
        }

        if (takesWebhook)
        {
            command.Add(webhook);
        }

        shell.AddExamples(
            command,
            $"orc {verb.Name} checkoutservice/118/prod --reason '…'",
            $"orc {verb.Name} checkoutservice                        # when only one rollout {verb.Need}"
        );
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                RunAsync(
                    session,
                    verb,
                    parsed.GetRequiredValue(name),
                    new RolloutAction
                    {
                        Reason = parsed.GetRequiredValue(reason),
                        ConsistHash = takesConsist ? parsed.GetValue(consist) : null,
                        Webhook = takesWebhook ? parsed.GetValue(webhook) : null,
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        Session session,
        Verb verb,
        string name,
        RolloutAction action,
        CancellationToken cancellationToken
    )
    {
        var without = action.Webhook;
        var (id, seen) = await new RolloutTarget(session).ResolveAsync(
            name,
            without is null ? verb.Name : $"{verb.Name} --webhook {without}",
            without is null ? verb.IsCandidate : rollout => IsHeldBy(rollout, without),
            without is null ? verb.Need : $"waits for the webhook {without}",
            cancellationToken
        );
        // Found by name, it is what was seen a moment ago that is approved, and nothing newer.
        var seenHash = verb.Name == Approve ? seen?.ConsistHash : null;
        var result = await PostAsync(
            session,
            Paths.RolloutAction(id, verb.Name),
            action with
            {
                ConsistHash = action.ConsistHash ?? seenHash,
            },
            cancellationToken
        );
        session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
        return ExitCode.Done;
    }

    private static bool IsHeldBy(RolloutView rollout, string webhook) =>
        !rollout.IsFinished
        && rollout.Webhooks.Any(each => each.Name == webhook && each.State is not ("open" or "skipped"));

    /// <param name="Need">What the rollouts have in common that it makes sense for.</param>
    private sealed record Verb(string Name, string Description, string Need, Func<RolloutView, bool> IsCandidate);
}
