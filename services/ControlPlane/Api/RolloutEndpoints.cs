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
                (string? service, bool? active, Conductor conductor) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<RolloutView>([
                        .. cell
                            .Rollouts.Values.Where(each => service is null || each.Service.Value == service)
                            .Where(each => active is null || active != RolloutMachine.IsFinished(each))
                            .Select(each => JourneyShapes.Of(cell, each)),
                    ]);
                }
            )
            .WithSummary("Rollouts, of one service or of all");
        app.MapGet(
                "/v1/rollouts/{line}/{number}/{stage}",
                (string line, string number, string stage, Conductor conductor) =>
                    RolloutId.TryParse($"{line}/{number}/{stage}", out var id)
                    && conductor.Current.Cell.Rollouts.TryGetValue(id, out var rollout)
                        ? Results.Ok(JourneyShapes.Of(conductor.Current.Cell, rollout))
                        : Unknown(line, number, stage)
            )
            .Answers<RolloutView>("A rollout");
        foreach (var (word, ask, summary) in Asks)
        {
            app.MapPost(
                    $"/v1/rollouts/{{line}}/{{number}}/{{stage}}/{word}",
                    (
                        string line,
                        string number,
                        string stage,
                        RolloutAction? action,
                        ClaimsPrincipal user,
                        Conductor conductor,
                        CancellationToken cancellationToken
                    ) =>
                        RolloutId.TryParse($"{line}/{number}/{stage}", out var id)
                            ? AskAsync(
                                id,
                                ask,
                                action ?? new RolloutAction(),
                                Caller.From(user),
                                conductor,
                                cancellationToken
                            )
                            : Task.FromResult(Unknown(line, number, stage))
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

    internal static IResult Unknown(string line, string number, string stage) =>
        Problems.NotFound("rollout", $"{line}/{number}/{stage}", "See the rollouts: orc get rollouts");
}
