using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc logs</c>.</summary>
internal static class LogsCommand
{
    private const long DefaultTail = 200;

    public static Command Create(Shell shell)
    {
        var instance = Parts.Name("instance", "Instance (checkoutservice.prod.14); `orc get instances` lists them.");
        var tail = Parts.Count("--tail", $"How many of the last lines. Default {DefaultTail}.");
        var follow = Parts.Flag("--follow", "Print what comes, until Ctrl+C or the instance is gone.");
        follow.Aliases.Add("-F");
        var command = new Command("logs", "Print what an instance wrote to its output.") { instance, tail, follow };
        shell.AddExamples(
            command,
            "orc logs checkoutservice.prod.14 --tail 50",
            "orc logs checkoutservice.prod.14 --follow"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var path = Paths.Logs(parsed.GetRequiredValue(instance));
                var lines = Paths.Number(parsed.GetValue(tail) ?? DefaultTail);
                var logs = await session.Api.GetAsync(
                    Paths.Query(path, ("tail", lines)),
                    CliJson.Default.LogsView,
                    cancellationToken
                );
                if (!parsed.GetValue(follow))
                {
                    Show(session.Output, logs);
                    return ExitCode.Done;
                }

                var pace = new Pace(session.Surroundings.Time, session.Output, timeout: null);
                await FollowAsync(session, pace, path, logs, cancellationToken);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static async Task FollowAsync(
        Session session,
        Pace pace,
        string path,
        LogsView first,
        CancellationToken cancellationToken
    )
    {
        var logs = first;
        while (true)
        {
            ShowNext(session.Output, logs);
            await pace.WaitAsync(cancellationToken);
            var offset = Paths.Number(logs.NextOffset);
            try
            {
                logs = await pace.ReadAsync(
                    token =>
                        session.Api.GetAsync(Paths.Query(path, ("offset", offset)), CliJson.Default.LogsView, token),
                    cancellationToken
                );
            }
            catch (ApiProblemException gone) when (gone.IsNotFound)
            {
                session.Output.Warn("The instance is gone.");
                return;
            }
        }
    }

    private static void Show(Output output, LogsView logs)
    {
        if (output.IsTable)
        {
            output.WriteLog(WithLineEnd(logs.Text));
        }
        else
        {
            output.Show(logs, CliJson.Default.LogsView, view => Sheet.Of(new Block.Line(view.Text)));
        }
    }

    private static void ShowNext(Output output, LogsView logs)
    {
        if (logs.Text.Length == 0)
        {
            return;
        }

        if (output.IsTable)
        {
            output.WriteLog(logs.Text);
        }
        else
        {
            output.ShowNext(logs, CliJson.Default.LogsView);
        }
    }

    private static string WithLineEnd(string text) => text.Length == 0 || text.EndsWith('\n') ? text : text + "\n";
}
