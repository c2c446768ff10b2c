using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc status</c>: is all well, and what waits for a person.</summary>
internal static class StatusCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command(
            "status",
            "Is the control plane up, are hosts and services well, what departs next, what waits for a person."
        );
        shell.AddExamples(command, "orc status", "orc status -o json | jq '.waitingForPerson[].next'");
        shell.OnRun(
            command,
            async (session, _, cancellationToken) =>
            {
                var now = session.Surroundings.Time.GetUtcNow();
                var status = await ReadAsync(session, cancellationToken);
                session.Output.Show(status, CliJson.Default.StatusView, view => StatusSheets.Status(view, now));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static async Task<StatusView> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        var api = session.Api;
        await api.CheckHealthAsync(cancellationToken);
        var hosts = api.GetAsync(Paths.Hosts, CliJson.Default.PageHostView, cancellationToken);
        var deployments = api.GetAsync(Paths.Deployments, CliJson.Default.PageDeploymentView, cancellationToken);
        var lines = api.GetAsync(Paths.Lines, CliJson.Default.PageLineView, cancellationToken);
        var active = await api.GetAsync(
            Paths.Query(Paths.Rollouts, ("active", "true")),
            CliJson.Default.PageRolloutView,
            cancellationToken
        );
        var reviews = await api.GetAsync(
            Paths.Query(Paths.Trains, ("needsReview", "true")),
            CliJson.Default.PageTrainView,
            cancellationToken
        );
        var windows = await api.GetAsync(Paths.Windows, CliJson.Default.PageWindowView, cancellationToken);
        return new StatusView(
            api.Connection.Address.ToString(),
            (await hosts).Items,
            (await deployments).Items,
            active.Items,
            [.. active.Items.Where(Waiting.IsForPerson)],
            (await lines).Items,
            reviews.Items,
            [.. windows.Items.Where(window => !window.IsOpen)]
        );
    }
}
