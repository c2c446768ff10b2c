using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Judging;

/// <summary><c>orc verdict show|replay</c>.</summary>
internal static class VerdictCommands
{
    public static Command Create(Shell shell)
    {
        var command = new Command("verdict", "See what the judge concluded of a rollout, and judge it again.")
        {
            CreateShow(shell),
            CreateReplay(shell),
        };
        shell.AddExamples(
            command,
            "orc verdict show checkoutservice/118/prod",
            "orc verdict show checkoutservice/118/prod -o json   # with every sample that it rests on",
            "orc verdict replay checkoutservice/118/prod         # 0 if the same inputs give the same bits here"
        );
        return command;
    }

    private static Command CreateShow(Shell shell)
    {
        var name = Rollout();
        var command = new Command("show", "Show each judgement that something followed from, metric by metric.")
        {
            name,
        };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var (id, page) = await ReadAsync(
                    session,
                    parsed.GetRequiredValue(name),
                    "verdict show",
                    cancellationToken
                );
                session.Output.Show(page, CliJson.Default.PageJudgementView, items => VerdictSheets.Of(id, items));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateReplay(Shell shell)
    {
        var name = Rollout();
        var command = new Command(
            "replay",
            "Judge the kept inputs again, on this machine: 0 if each verdict is the same, bit for bit, else 1."
        )
        {
            name,
        };
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var (id, page) = await ReadAsync(
                    session,
                    parsed.GetRequiredValue(name),
                    "verdict replay",
                    cancellationToken
                );
                var replayed = ReplayedJudgements.Of(id, page.Items);
                session.Output.Show(replayed, CliJson.Default.ReplayedJudgements, ReplayedJudgements.ToSheet);
                return replayed.AreAllSame ? ExitCode.Done : ExitCode.Failed;
            }
        );
        return command;
    }

    private static Argument<string> Rollout() =>
        Parts.Name(
            "id",
            "Rollout (checkoutservice/118/prod); or a train or service: its active rollout, else the newest."
        );

    private static async Task<(string Id, Page<JudgementView> Page)> ReadAsync(
        Session session,
        string name,
        string verb,
        CancellationToken cancellationToken
    )
    {
        var id = await new RolloutTarget(session).ResolveNewestAsync(name, verb, cancellationToken);
        var path = Paths.RolloutAction(id, "judgements");
        return (id, await session.Api.GetAsync(path, CliJson.Default.PageJudgementView, cancellationToken));
    }
}
