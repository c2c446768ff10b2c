using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;
using Spectre.Console;

namespace Orchestrator.Cli.Following;

/// <summary>Follows one rollout to its end: as a tree redrawn in place, as lines, or as a stream of objects.</summary>
internal sealed class RolloutWatch(Session session, Pace pace)
{
    public async Task<int> RunAsync(string id, CancellationToken cancellationToken)
    {
        var last =
            session.Output.IsTable && session.Surroundings.OpenTerminal is { } openTerminal
                ? await WatchTreeAsync(id, openTerminal(), cancellationToken)
                : await WatchLinesAsync(id, cancellationToken);
        return CodeOf(last);
    }

    private async Task<RolloutView> WatchTreeAsync(string id, IAnsiConsole console, CancellationToken cancellationToken)
    {
        RolloutView? last = null;
        try
        {
            return await console
                .Live(new Text(""))
                .AutoClear(true)
                .Overflow(VerticalOverflow.Crop)
                .Cropping(VerticalOverflowCropping.Bottom)
                .StartAsync(context =>
                    FollowAsync(
                        id,
                        rollout =>
                        {
                            last = rollout;
                            context.UpdateTarget(
                                TerminalSheetWriter.RenderToFit(RolloutSheets.Live(rollout, pace.Now))
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
            if (last is not null)
            {
                session.Output.Show(RolloutSheets.One(last, pace.Now));
            }
        }
    }

    private async Task<RolloutView> WatchLinesAsync(string id, CancellationToken cancellationToken)
    {
        var changes = new RolloutChanges();
        RolloutView? shown = null;
        return await FollowAsync(
            id,
            rollout =>
            {
                var lines = changes.Tell(rollout).ToList();
                if (session.Output.IsTable)
                {
                    lines.ForEach(line => session.Output.Say($"{Format.Clock(pace.Now)}  {line}"));
                }
                else if (shown is null || lines.Count > 0)
                {
                    session.Output.ShowNext(rollout, CliJson.Default.RolloutView);
                    shown = rollout;
                }
            },
            cancellationToken
        );
    }

    private async Task<RolloutView> FollowAsync(
        string id,
        Action<RolloutView> show,
        CancellationToken cancellationToken
    )
    {
        var path = Paths.Rollout(id);
        while (true)
        {
            var rollout = await pace.ReadAsync(
                token => session.Api.GetAsync(path, CliJson.Default.RolloutView, token),
                cancellationToken
            );
            show(rollout);
            if (rollout.IsFinished || pace.IsOver)
            {
                return rollout;
            }

            await pace.WaitAsync(cancellationToken);
        }
    }

    private static int CodeOf(RolloutView rollout) =>
        rollout switch
        {
            { IsFinished: false } => ExitCode.TimedOut,
            { IsSucceeded: true } => ExitCode.Done,
            _ => ExitCode.Failed,
        };
}
