using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Trains, and what people may ask of them.</summary>
internal static class TrainEndpoints
{
    private static readonly (string Word, Func<string, TrainId, string, CellInput> Ask, string Summary)[] Asks =
    [
        (
            "cancel",
            (actor, train, reason) => new CellInput.CancelTrain(actor, train, reason),
            "Cancel a train before it departs"
        ),
        (
            "retry",
            (actor, train, reason) => new CellInput.RetryTrain(actor, train, reason),
            "Send what failed off again, from the stage where it failed"
        ),
        (
            "recall",
            (actor, train, reason) => new CellInput.RecallTrain(actor, train, reason),
            "Take back what a train brought, at every stage"
        ),
        (
            "review",
            (actor, train, reason) => new CellInput.ReviewTrain(actor, train, reason),
            "Say what was found of a train for which the glass was broken"
        ),
    ];

    public static void MapTrains(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/trains",
                (string? line, bool? needsReview, Conductor conductor, TimeProvider clock) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<TrainView>([
                        .. cell
                            .Trains.Values.Where(train => line is null || train.Id.Line.Value == line)
                            .Where(train => needsReview is null || train.NeedsReview == needsReview)
                            .Select(train => JourneyShapes.Of(cell, train, clock.GetUtcNow())),
                    ]);
                }
            )
            .WithSummary("Trains, of one line or of all");
        app.MapGet(
                "/v1/trains/{line}/{number}",
                (string line, string number, Conductor conductor, TimeProvider clock) =>
                    TrainId.TryParse($"{line}/{number}", out var id)
                    && conductor.Current.Cell.Trains.TryGetValue(TrainKey.Of(id), out var train)
                        ? Results.Ok(JourneyShapes.Of(conductor.Current.Cell, train, clock.GetUtcNow()))
                        : Unknown(line, number)
            )
            .Answers<TrainView>("A train");
        app.MapGet(
                "/v1/trains/{line}/{number}/forecast",
                (string line, string number, Conductor conductor, TimeProvider clock) =>
                    TrainId.TryParse($"{line}/{number}", out var id)
                    && conductor.Current.Cell.Trains.TryGetValue(TrainKey.Of(id), out var train)
                        ? Results.Ok(
                            ForecastShapes.Of(TrainForecaster.Of(conductor.Current.Cell, train, clock.GetUtcNow()))
                        )
                        : Unknown(line, number)
            )
            .Answers<TrainForecastView>("What a train has before it: stages, steps, gates, and when it would arrive");
        MapAsks(app);
    }

    private static void MapAsks(IEndpointRouteBuilder app)
    {
        foreach (var (word, ask, summary) in Asks)
        {
            app.MapPost(
                    $"/v1/trains/{{line}}/{{number}}/{word}",
                    (
                        string line,
                        string number,
                        RolloutAction? action,
                        ClaimsPrincipal user,
                        Conductor conductor,
                        CancellationToken cancellationToken
                    ) =>
                    {
                        var caller = Caller.From(user);
                        return TrainId.TryParse($"{line}/{number}", out var id)
                            ? Answers.OfOperatorAsync(
                                ask(caller.Name, id, action?.Reason ?? ""),
                                caller,
                                conductor,
                                $"orc trains {line}",
                                cancellationToken
                            )
                            : Task.FromResult(Unknown(line, number));
                    }
                )
                .Answers<ActionResult>(summary);
        }
    }

    private static IResult Unknown(string line, string number) =>
        Problems.NotFound("train", $"{line}/{number}", "See the trains: orc trains");
}
