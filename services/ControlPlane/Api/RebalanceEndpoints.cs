using System.Globalization;
using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Rebalances: plans of moves that are made.</summary>
internal static class RebalanceEndpoints
{
    private const string Next = "orc get rebalances";

    public static void MapRebalances(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/rebalances",
                (Conductor conductor) =>
                    new Page<RebalanceView>([
                        .. conductor.Current.Cell.Rebalances.Values.Select(each => RebalanceShapes.Of(each, [])),
                    ])
            )
            .WithSummary("Rebalances, without their moves");
        app.MapGet(
                "/v1/rebalances/{id}",
                (string id, Conductor conductor) =>
                    Find(id, conductor.Current.Cell) is { } found
                        ? Results.Ok(RebalanceShapes.Of(conductor.Current.Cell, found))
                        : Unknown(id)
            )
            .Answers<RebalanceView>("A rebalance with its moves");
        app.MapPost("/v1/rebalances", BeginAsync)
            .Answers<ActionResult>("Plan moves that pack or spread a pool, and make them");
        app.MapPost("/v1/rebalances/{id}/cancel", CancelAsync)
            .Answers<ActionResult>("Make no more moves of a rebalance");
    }

    private static async Task<IResult> BeginAsync(
        RebalanceRequest request,
        ClaimsPrincipal user,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.From(user);
        if (caller.MissingToOperate() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        return RebalanceShapes.TryRead(request.Pool, request.Goal, request.Moves, out var order, out var problem)
            ? Answers.Of(
                await conductor.AskAsync(
                    new CellInput.AskRebalance(caller.Name, order, request.Reason),
                    cancellationToken
                ),
                Next
            )
            : problem;
    }

    private static async Task<IResult> CancelAsync(
        string id,
        RolloutAction? action,
        ClaimsPrincipal user,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.From(user);
        if (caller.MissingToOperate() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        return NumberOf(id) is { } number
            ? Answers.Of(
                await conductor.AskAsync(
                    new CellInput.CancelRebalance(caller.Name, number, action?.Reason ?? ""),
                    cancellationToken
                ),
                Next
            )
            : Unknown(id);
    }

    private static Rebalance? Find(string id, Cell cell) =>
        NumberOf(id) is { } number ? cell.Rebalances.GetValueOrDefault(number) : null;

    private static long? NumberOf(string id) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static IResult Unknown(string id) => Problems.NotFound("rebalance", id, "See them: orc get rebalances");
}
