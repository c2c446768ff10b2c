using System.CommandLine;
using Orchestrator.Cli.Following;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc rollout status|watch</c>.</summary>
internal static class RolloutCommands
{
    private const string NameHelp =
        "Rollout (checkoutservice/118/prod); or a service with one active rollout, or a train: all of its cars.";

    public static Command Create(Shell shell)
    {
        var command = new Command("rollout", "See how a version goes through a stage: steps, instances, evidence.")
        {
            CreateStatus(shell),
            CreateWatch(shell),
        };
        shell.AddExamples(
            command,
            "orc rollout status checkoutservice/118/prod",
            "orc rollout watch checkoutservice",
            "orc rollout watch checkoutservice/118                               # every car of the train",
            "orc rollout watch checkoutservice/118/prod --timeout 20m -o json   # a line for each change"
        );
        return command;
    }

    private static Command CreateStatus(Shell shell)
    {
        var name = Parts.Name(
            "id",
            "Rollout (checkoutservice/118/prod); or a train or service: its active rollout, else the newest."
        );
        var command = new Command("status", "Show a rollout as it is now.") { name };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var id = await new RolloutTarget(session).ResolveNewestAsync(
                    parsed.GetRequiredValue(name),
                    "rollout status",
                    cancellationToken
                );
                return await Kinds.Rollouts.DescribeAsync(session, id, cancellationToken);
            }
        );
        return command;
    }

    private static Command CreateWatch(Shell shell)
    {
        var name = Parts.Name("id", NameHelp);
        var timeout = Parts.Timeout("Give up after this long (5). Such as 90s, 10m, 2h.", otherwise: null);
        var command = new Command(
            "watch",
            "Follow a rollout, or all of a train's cars at a stage, to the end: 0 when it succeeded, 1 when it was rolled back. Redraws in a terminal; else a line for each change."
        )
        {
            name,
            timeout,
        };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var pace = new Pace(session.Surroundings.Time, session.Output, parsed.GetValue(timeout));
                var target = new RolloutTarget(session);
                if (await target.ResolveCarsAsync(parsed.GetRequiredValue(name), cancellationToken) is { } cars)
                {
                    return await new RolloutWatch(session, pace).RunAllAsync(cars.Train, cars.Stage, cancellationToken);
                }

                var (id, _) = await target.ResolveAsync(
                    parsed.GetRequiredValue(name),
                    "rollout watch",
                    _ => true,
                    "is active",
                    cancellationToken
                );
                return await new RolloutWatch(session, pace).RunAsync(id, cancellationToken);
            }
        );
        return command;
    }
}
