using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Api;

/// <summary>What rollouts are judged by, and what was concluded from it.</summary>
internal static class EvidenceEndpoints
{
    /// <summary>Each may have some thousand samples in it.</summary>
    private const int MostJudgements = 20;

    public static void MapEvidence(this IEndpointRouteBuilder app)
    {
        app.MapPost($"{RolloutAddress.Path}/samples", SendAsync)
            .Answers<ActionResult>("Send what was measured of a metric");
        app.MapGet($"{RolloutAddress.Path}/judgements", ReadAsync)
            .Answers<Page<JudgementView>>(
                "Judgements that something followed from, the newest 20, each with all that it rests on"
            );
    }

    private static async Task<IResult> SendAsync(
        [AsParameters] RolloutAddress address,
        SampleRequest request,
        ClaimsPrincipal user,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        if (!address.TryRead(out var id) || ServiceOf(conductor.Current.Cell, id) is not { } service)
        {
            return address.Unknown();
        }

        if (Caller.From(user).MissingToSample(service.Team) is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        return SampleOf(request) is { } sample
            ? Answers.Of(
                await conductor.AskAsync(
                    new CellInput.MetricMeasured(id, request.Metric, sample, IsAsked: false),
                    cancellationToken
                ),
                $"orc rollout watch {id}"
            )
            : Problems.Invalid(
                "sample_unclear",
                "Canary and control both need 'total' and 'hits', or both 'value'.",
                "Such as { \"canary\": { \"total\": 120, \"hits\": 3 }, \"control\": { \"total\": 980, \"hits\": 4 } }."
            );
    }

    private static async Task<IResult> ReadAsync(
        [AsParameters] RolloutAddress address,
        Conductor conductor,
        Database database,
        ControlPlaneOptions options,
        CancellationToken cancellationToken
    )
    {
        if (!address.TryRead(out var id) || !conductor.Current.Cell.Rollouts.ContainsKey(id))
        {
            return address.Unknown();
        }

        var kept = await Judgements.ReadAsync(database, options.Cell, id, MostJudgements, cancellationToken);
        return Results.Ok(new Page<JudgementView>([.. kept.Select(JudgementShapes.Of)]));
    }

    /// <summary>Whose canary it is or would be; null if there is no such line.</summary>
    private static Service? ServiceOf(Cell cell, RolloutId id)
    {
        var name =
            cell.Rollouts.GetValueOrDefault(id)?.Service
            ?? id.Coupled
            ?? cell.Lines.GetValueOrDefault(id.Train.Line)?.Service;
        return name is null ? null : cell.Services.GetValueOrDefault(name);
    }

    private static MetricSample? SampleOf(SampleRequest request) =>
        (request.Canary, request.Control) switch
        {
            (
                { Total: { } canaryTotal, Hits: { } canaryHits, Value: null },
                { Total: { } controlTotal, Hits: { } controlHits, Value: null }
            ) => new MetricSample.Counted(request.From, request.To, canaryTotal, canaryHits, controlTotal, controlHits),
            ({ Total: null, Hits: null, Value: { } canary }, { Total: null, Hits: null, Value: { } control }) =>
                new MetricSample.Levels(request.From, request.To, canary, control),
            _ => null,
        };
}
