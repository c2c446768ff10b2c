using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>What a train has before it.</summary>
internal static class ForecastSheets
{
    public static Sheet Of(TrainForecastView forecast, DateTimeOffset now) =>
        Sheet.Of([
            new Block.Facts([
                ("Train", forecast.Train),
                ("Carries", CarsOf(forecast)),
                ("Lacks", forecast.Lacking),
                ("Departs", Format.When(forecast.DepartsAt, now)),
                ("Arrives", forecast.Stages.Count > 0 ? Estimate(forecast.ArrivesAt, now) : ""),
            ]),
            .. forecast.Stages.SelectMany(stage => Stage(stage, forecast.Cars.Count > 1, now)),
            .. forecast.Notes.Select(note => new Block.Facts([("Note", note)])),
            new Block.Next($"orc train status {forecast.Train}"),
        ]);

    private static string CarsOf(TrainForecastView forecast) =>
        forecast.Cars switch
        {
            [] => "nothing: nobody would board it now",
            [var only] => only.Version,
            var cars => string.Join(", ", cars.Select(car => $"{car.Service} {car.Version}")),
        };

    /// <param name="isCoupled">Whose step it is must be said.</param>
    private static IEnumerable<Block> Stage(StageForecastView stage, bool isCoupled, DateTimeOffset now)
    {
        yield return new Block.Grid(
            $"{stage.Stage}: {(stage.BeginsAt is { } begins ? $"from {Format.When(begins, now)}" : "under way, or nobody knows when")}, until {Estimate(stage.EndsAt, now)}",
            ["STEP", "INSTANCES", "TRAFFIC", "TAKES", "FOR"],
            [
                .. stage.Steps.Select(step =>
                    (string[])
                        [
                            isCoupled ? $"{step.Service}: {step.Name}" : step.Name,
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
