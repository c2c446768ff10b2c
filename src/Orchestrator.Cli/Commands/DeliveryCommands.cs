using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc history</c> and <c>orc dora</c>: what ran when, and how delivery does.</summary>
internal static class DeliveryCommands
{
    public static IEnumerable<Command> Create(Shell shell) => [CreateHistory(shell), CreateDora(shell)];

    private static Command CreateHistory(Shell shell)
    {
        var service = Parts.OptionalName("service", "Only of this service.");
        var stage = Parts.Text("--stage", "STAGE", "Only at this stage.");
        var limit = Parts.Count("--limit", "How many at most, up to 1000. Default 100.");
        var command = new Command(
            "history",
            "What ran where and when: the outcome, who approved it, and on what evidence."
        )
        {
            service,
            stage,
            limit,
        };
        shell.AddExamples(command, "orc history checkoutservice --stage prod", "orc history --limit 20 -o json");
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var page = await session.Api.GetAsync(
                    Paths.Query(
                        Paths.History,
                        ("service", parsed.GetValue(service)),
                        ("stage", parsed.GetValue(stage)),
                        ("limit", parsed.GetValue(limit) is { } most ? Paths.Number(most) : null)
                    ),
                    CliJson.Default.PageHistoryView,
                    cancellationToken
                );
                var now = session.Surroundings.Time.GetUtcNow();
                session.Output.Show(page, CliJson.Default.PageHistoryView, items => DeliverySheets.History(items, now));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateDora(Shell shell)
    {
        var service = Parts.OptionalName("service", "Only of this service.");
        var days = Parts.Count("--days", "Of how many days, 1 to 366. Default 30.");
        var command = new Command(
            "dora",
            "DORA's four figures at the last stage of each line: deployments, lead time, failures, recovery."
        )
        {
            service,
            days,
        };
        shell.AddExamples(command, "orc dora", "orc dora checkoutservice --days 90");
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var view = await session.Api.GetAsync(
                    Paths.Query(
                        Paths.Delivery,
                        ("service", parsed.GetValue(service)),
                        ("days", parsed.GetValue(days) is { } count ? Paths.Number(count) : null)
                    ),
                    CliJson.Default.DeliveryView,
                    cancellationToken
                );
                session.Output.Show(view, CliJson.Default.DeliveryView, DeliverySheets.Dora);
                return ExitCode.Done;
            }
        );
        return command;
    }
}
