using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering.Sheets;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc plan train</c>: what a train has before it.</summary>
internal static class ForecastCommand
{
    public static Command Create(Shell shell)
    {
        var name = Parts.Name("id", "Train (checkoutservice/118), or a line for its next one.");
        var command = new Command(
            "train",
            "Show the stages, steps and gates that a train has before it, and when it would arrive."
        )
        {
            name,
        };
        shell.AddExamples(command, "orc plan train checkoutservice", "orc plan train checkoutservice/118");
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var id = await ResolveAsync(session, parsed.GetRequiredValue(name), cancellationToken);
                var forecast = await session.Api.GetAsync(
                    Paths.TrainForecast(id),
                    CliJson.Default.TrainForecastView,
                    cancellationToken
                );
                var now = session.Surroundings.Time.GetUtcNow();
                session.Output.Show(forecast, CliJson.Default.TrainForecastView, view => ForecastSheets.Of(view, now));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static async Task<string> ResolveAsync(Session session, string name, CancellationToken cancellationToken)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return name;
        }

        var line = await session.Api.GetAsync(Paths.Line(name), CliJson.Default.LineView, cancellationToken);
        return line.NextTrain.Length > 0
            ? line.NextTrain
            : throw new CommandFailedException(
                ExitCode.Failed,
                $"No train of {name} is planned.",
                $"See its timetable: orc describe line {name}"
            );
    }
}
