using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Trains.</summary>
internal static class TrainEndpoints
{
    public static void MapTrains(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/trains",
                (string? line, Conductor conductor) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<TrainView>([
                        .. cell
                            .Trains.Values.Where(train => line is null || train.Id.Line.Value == line)
                            .Select(train => JourneyShapes.Of(cell, train)),
                    ]);
                }
            )
            .WithSummary("Trains, of one line or of all");
        app.MapGet(
                "/v1/trains/{line}/{number}",
                (string line, string number, Conductor conductor) =>
                    TrainId.TryParse($"{line}/{number}", out var id)
                    && conductor.Current.Cell.Trains.TryGetValue(TrainKey.Of(id), out var train)
                        ? Results.Ok(JourneyShapes.Of(conductor.Current.Cell, train))
                        : Unknown(line, number)
            )
            .Answers<TrainView>("A train");
        app.MapPost(
                "/v1/trains/{line}/{number}/cancel",
                async (
                    string line,
                    string number,
                    RolloutAction? action,
                    ClaimsPrincipal user,
                    Conductor conductor,
                    CancellationToken cancellationToken
                ) =>
                {
                    var caller = Caller.From(user);
                    if (caller.MissingToOperate() is { } missing)
                    {
                        return Problems.Forbidden(missing);
                    }

                    return TrainId.TryParse($"{line}/{number}", out var id)
                        ? Answers.Of(
                            await conductor.AskAsync(
                                new CellInput.CancelTrain(caller.Name, id, action?.Reason ?? ""),
                                cancellationToken
                            ),
                            $"orc trains {line}"
                        )
                        : Unknown(line, number);
                }
            )
            .Answers<ActionResult>("Cancel a train before it departs");
    }

    private static IResult Unknown(string line, string number) =>
        Problems.NotFound("train", $"{line}/{number}", "See the trains: orc trains");
}
