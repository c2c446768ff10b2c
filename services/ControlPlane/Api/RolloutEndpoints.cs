using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Rollouts, and what people may ask of them.</summary>
internal static class RolloutEndpoints
{
    private static readonly (string Word, RolloutAsk Ask, string Summary)[] Asks =
    [
        ("approve", RolloutAsk.Approve, "Let a rollout that waits for approval go on"),
        ("reject", RolloutAsk.Reject, "Refuse a rollout that waits for approval"),
        ("pause", RolloutAsk.Pause, "Keep a rollout as it is"),
        ("resume", RolloutAsk.Resume, "Let a paused or held rollout go on"),
        ("abort", RolloutAsk.Abort, "Give up a rollout"),
        ("rollback", RolloutAsk.Rollback, "Bring the old version back"),
        ("revoke", RolloutAsk.Revoke, "Take back one's own approval"),
        ("skip", RolloutAsk.Skip, "Go on to the next canary step without a verdict, or without a webhook"),
        ("promote", RolloutAsk.Promote, "Promote a canary now, without further verdicts"),
    ];

    public static void MapRollouts(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/rollouts",
                (string? service, string? train, bool? active, Conductor conductor) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<RolloutView>([
                        .. cell
                            .Rollouts.Values.Where(each => service is null || each.Service.Value == service)
                            .Where(each => train is null || each.Id.Train.Value == train)
                            .Where(each => active is null || active != RolloutMachine.IsFinished(each))
                            .Select(each => JourneyShapes.Of(cell, each)),
                    ]);
                }
            )
            .WithSummary("Rollouts, of one service, of one train, or all");
        app.MapGet(
                RolloutAddress.Path,
                ([AsParameters] RolloutAddress address, Conductor conductor) =>
                    address.TryRead(out var id) && conductor.Current.Cell.Rollouts.TryGetValue(id, out var rollout)
                        ? Results.Ok(JourneyShapes.Of(conductor.Current.Cell, rollout))
                        : address.Unknown()
            )
            .Answers<RolloutView>("A rollout");
        foreach (var (word, ask, summary) in Asks)
        {
            app.MapPost(
                    $"{RolloutAddress.Path}/{word}",
                    (
                        [AsParameters] RolloutAddress address,
                        RolloutAction? action,
                        ClaimsPrincipal user,
                        Conductor conductor,
                        CancellationToken cancellationToken
                    ) =>
                        address.TryRead(out var id)
                            ? AskAsync(
                                id,
                                ask,
                                action ?? new RolloutAction(),
                                Caller.From(user),
                                conductor,
                                cancellationToken
                            )
                            : Task.FromResult(address.Unknown())
                )
                .Answers<ActionResult>(summary);
        }
    }

    private static async Task<IResult> AskAsync(
        RolloutId id,
        RolloutAsk ask,
        RolloutAction action,
        Caller caller,
        Conductor conductor,
        CancellationToken cancellationToken
    ) =>
        Answers.Of(
            await RolloutAsks.AskAsync(id, ask, action, caller, conductor, cancellationToken),
            $"orc rollout watch {id}"
        );
}
