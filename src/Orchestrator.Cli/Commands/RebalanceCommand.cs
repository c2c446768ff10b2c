using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc plan rebalance</c> and <c>orc rebalance</c>.</summary>
internal static class RebalanceCommand
{
    private const string DefaultPool = "default";

    public static Command CreatePlan(Shell shell)
    {
        var (pool, goal, moves) = (Pool(), Goal(), Moves());
        var command = new Command(
            "rebalance",
            "Plan moves that free whole hosts of a pool, or even it out, within a budget. Changes nothing."
        )
        {
            pool,
            goal,
            moves,
        };
        shell.AddExamples(
            command,
            "orc plan rebalance --goal pack --moves 50               # which hosts could be freed",
            "orc plan rebalance --pool edge --goal spread --moves 20 # after a rack is back"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var request = new PlanRebalanceRequest(
                    parsed.GetValue(pool) ?? DefaultPool,
                    GoalOf(parsed.GetValue(goal)),
                    MovesOf(parsed.GetValue(moves))
                );
                var plan = await session.Api.PostAsync(
                    Paths.Plan("rebalance"),
                    request,
                    CliJson.Default.PlanRebalanceRequest,
                    CliJson.Default.RebalancePlanView,
                    cancellationToken
                );
                session.Output.Show(plan, CliJson.Default.RebalancePlanView, RebalanceSheets.Plan);
                return ExitCode.Done;
            }
        );
        return command;
    }

    public static Command Create(Shell shell)
    {
        var (pool, goal, moves, reason) = (Pool(), Goal(), Moves(), ActionCommands.Reason());
        var cancel = Parts.Text("--cancel", "ID", "Make no more moves of this rebalance.");
        var command = new Command(
            "rebalance",
            "Move instances so that whole hosts of a pool become free, or it is even, within a budget; new ones first."
        )
        {
            pool,
            goal,
            moves,
            reason,
            cancel,
        };
        shell.AddExamples(
            command,
            "orc rebalance --goal pack --moves 50 --reason 'give back two hosts'",
            "orc get rebalances                                 # how far it is",
            "orc rebalance --cancel 3                           # what was moved stays there"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var why = parsed.GetRequiredValue(reason);
                var asking = parsed.GetValue(cancel) is { } id
                    ? ActionCommands.PostAsync(
                        session,
                        Paths.CancelRebalance(id),
                        why,
                        consistHash: null,
                        cancellationToken
                    )
                    : session.Api.PostAsync(
                        Paths.Rebalances,
                        new RebalanceRequest
                        {
                            Pool = parsed.GetValue(pool) ?? DefaultPool,
                            Goal = GoalOf(parsed.GetValue(goal)),
                            Moves = MovesOf(parsed.GetValue(moves)),
                            Reason = why,
                        },
                        CliJson.Default.RebalanceRequest,
                        CliJson.Default.ActionResult,
                        cancellationToken
                    );
                session.Output.Show(await asking, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Option<string?> Pool() =>
        Parts.Text("--pool", "POOL", "Pool whose hosts are meant. Else the default pool.");

    private static Option<string?> Goal() =>
        Parts.Text("--goal", "pack|spread", "pack empties whole hosts; spread evens out services and hosts.");

    private static Option<string?> Moves() => Parts.Text("--moves", "N", "At most so many moves, 1 to 10000.");

    private static string GoalOf(string? typed)
    {
        if (typed is "pack" or "spread")
        {
            return typed;
        }

        var what = typed is null ? "The goal is missing." : $"'{typed}' is not a goal.";
        throw new CommandFailedException(
            ExitCode.Usage,
            what,
            "Write `--goal pack` to free whole hosts, or `--goal spread` to even them out."
        );
    }

    private static int MovesOf(string? typed)
    {
        if (int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var moves) && moves > 0)
        {
            return moves;
        }

        var what = typed is null ? "The number of moves is missing." : $"'{typed}' is not a number of moves.";
        throw new CommandFailedException(
            ExitCode.Usage,
            what,
            "Write `--moves 50` for at most 50 moves: each restarts one instance elsewhere."
        );
    }
}
