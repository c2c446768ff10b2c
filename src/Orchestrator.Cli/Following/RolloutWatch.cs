using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;
using Spectre.Console;

namespace Orchestrator.Cli.Following;

/// <summary>
/// Follows one rollout, or those of all cars of a train at a stage, to their end: as trees redrawn in place, as lines, or as a
/// stream of objects.
/// </summary>
internal sealed class RolloutWatch(Session session, Pace pace)
{
    public Task<int> RunAsync(string id, CancellationToken cancellationToken) =>
        RunAsync(
            async token => [await session.Api.GetAsync(Paths.Rollout(id), CliJson.Default.RolloutView, token)],
            cancellationToken
        );

    /// <summary>To the end of the last of them.</summary>
    public Task<int> RunAllAsync(string train, string stage, CancellationToken cancellationToken)
    {
        var path = Paths.Query(Paths.Rollouts, ("train", train));
        return RunAsync(
            async token =>
                [
                    .. (await session.Api.GetAsync(path, CliJson.Default.PageRolloutView, token)).Items.Where(car =>
                        car.Train == train && car.Stage == stage
                    ),
                ],
            cancellationToken
        );
    }

    private async Task<int> RunAsync(
        Func<CancellationToken, Task<IReadOnlyList<RolloutView>>> read,
        CancellationToken cancellationToken
    )
    {
        var last =
            session.Output.IsTable && session.Surroundings.OpenTerminal is { } openTerminal
                ? await WatchTreesAsync(read, openTerminal(), cancellationToken)
                : await WatchLinesAsync(read, cancellationToken);
        return CodeOf(last);
    }

    private async Task<IReadOnlyList<RolloutView>> WatchTreesAsync(
        Func<CancellationToken, Task<IReadOnlyList<RolloutView>>> read,
        IAnsiConsole console,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<RolloutView> last = [];
        try
        {
            return await console
                .Live(new Text(""))
                .AutoClear(true)
                .Overflow(VerticalOverflow.Crop)
                .Cropping(VerticalOverflowCropping.Bottom)
                .StartAsync(context =>
                    FollowAsync(
                        read,
                        rollouts =>
                        {
                            last = rollouts;
                            context.UpdateTarget(
                                TerminalSheetWriter.RenderToFit(RolloutSheets.Live(rollouts, pace.Now))
                            );
                            context.Refresh();
                        },
                        cancellationToken
                    )
                );
        }
        finally
        {
            // The live area is cleared, however it ended; the last state stays on the screen, whole.
            foreach (var rollout in last)
            {
                session.Output.Show(RolloutSheets.One(rollout, pace.Now));
            }
        }
    }

    private async Task<IReadOnlyList<RolloutView>> WatchLinesAsync(
        Func<CancellationToken, Task<IReadOnlyList<RolloutView>>> read,
        CancellationToken cancellationToken
    )
    {
        var known = new Dictionary<string, RolloutChanges>(StringComparer.Ordinal);
        return await FollowAsync(
            read,
            rollouts =>
            {
                foreach (var rollout in rollouts)
                {
                    var isNew = known.TryAdd(rollout.Id, new RolloutChanges());
                    Tell(rollout, [.. known[rollout.Id].Tell(rollout)], isNew);
                }
            },
            cancellationToken
        );
    }

    private void Tell(RolloutView rollout, List<string> lines, bool isNew)
    {
        if (session.Output.IsTable)
        {
            lines.ForEach(line => session.Output.Say($"{Format.Clock(pace.Now)}  {line}"));
        }
        else if (isNew || lines.Count > 0)
        {
            session.Output.ShowNext(rollout, CliJson.Default.RolloutView);
        }
    }

    private async Task<IReadOnlyList<RolloutView>> FollowAsync(
        Func<CancellationToken, Task<IReadOnlyList<RolloutView>>> read,
        Action<IReadOnlyList<RolloutView>> show,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var rollouts = await pace.ReadAsync(read, cancellationToken);
            show(rollouts);
            if (rollouts.All(rollout => rollout.IsFinished) || pace.IsOver)
            {
                return rollouts;
            }

            await pace.WaitAsync(cancellationToken);
        }
    }

    private static int CodeOf(IReadOnlyList<RolloutView> rollouts) =>
        (rollouts.All(each => each.IsFinished), rollouts.All(each => each.IsSucceeded)) switch
        {
            (false, _) => ExitCode.TimedOut,
            (_, true) => ExitCode.Done,
            _ => ExitCode.Failed,
        };
}
