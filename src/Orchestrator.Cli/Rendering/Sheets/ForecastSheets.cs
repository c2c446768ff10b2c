using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>What a train has before it.</summary>
internal static class ForecastSheets
{
    public static Sheet Of(TrainForecastView forecast, DateTimeOffset now) =>
        Sheet.Of([
            new Block.Facts([
                ("Train", forecast.Train),
                ("Carries", forecast.Version.Length > 0 ? forecast.Version : "nothing: nobody would board it now"),
                ("Departs", Format.When(forecast.DepartsAt, now)),
                ("Arrives", forecast.Version.Length > 0 ? Estimate(forecast.ArrivesAt, now) : ""),
            ]),
            .. forecast.Stages.SelectMany(stage => Stage(stage, now)),
            .. forecast.Notes.Select(note => new Block.Facts([("Note", note)])),
            new Block.Next($"orc train status {forecast.Train}"),
        ]);

    private static IEnumerable<Block> Stage(StageForecastView stage, DateTimeOffset now)
    {
        yield return new Block.Grid(
            $"{stage.Stage}: {(stage.BeginsAt is { } begins ? $"from {Format.When(begins, now)}" : "under way, or nobody knows when")}, until {Estimate(stage.EndsAt, now)}",
            ["STEP", "INSTANCES", "TRAFFIC", "TAKES", "FOR"],
            [
                .. stage.Steps.Select(step =>
                    (string[])
                        [
                            step.Name,
                            Format.Number(step.Instances),
                            Format.Percent(step.WeightPercent),
                            step.ExpectedSeconds is { } seconds ? Format.Duration(TimeSpan.FromSeconds(seconds)) : "?",
                            step.Why,
                        ]
                ),
                .. stage.SoakSeconds > 0
                    ?
                    [
                        ["soak", "", "", Format.Duration(TimeSpan.FromSeconds(stage.SoakSeconds)), ""],
                    ]
                    : Array.Empty<string[]>(),
            ],
            ""
        );
        yield return new Block.Grid(
            "",
            [$"GATES OF {stage.Stage}"],
            [.. stage.Gates.Select(gate => (string[])[gate])],
            ""
        );
    }

    private static string Estimate(DateTimeOffset? time, DateTimeOffset now) =>
        time is { } known ? $"about {Format.When(known, now)}" : "nobody knows when";
}
