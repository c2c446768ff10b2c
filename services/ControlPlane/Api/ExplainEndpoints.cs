using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Why things are where they are, and not elsewhere.</summary>
internal static class ExplainEndpoints
{
    /// <summary>Whoever mistypes a number knows only few.</summary>
    private const int MaxCandidates = 1_000;

    public static void MapExplain(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/explain/{service}", ExplainService)
            .Answers<ExplainView>(
                "Where one more instance of a service would go, with the score's parts, and why not elsewhere"
            );
        app.MapGet("/v1/explain/{service}/hosts/{host}", ExplainHost)
            .Answers<HostAnswerView>("What one host has for or against one more instance of a service");
        app.MapGet("/v1/instances/{instance}/explain", ExplainInstanceAsync)
            .Answers<InstanceExplainView>("Why an instance is on its host, and how that looks now");
    }

    private static IResult ExplainService(string service, string? stage, Conductor conductor)
    {
        var cell = conductor.Current.Cell;
        return Names.FindDeployment(service, stage, cell) is { } key && CellExplainer.Explain(cell, key) is { } found
            ? Results.Ok(PlacementShapes.Of(cell, key, found))
            : Names.UnknownDeployment(service, stage, cell);
    }

    private static IResult ExplainHost(string service, string host, string? stage, Conductor conductor)
    {
        var cell = conductor.Current.Cell;
        if (Names.FindDeployment(service, stage, cell) is not { } key)
        {
            return Names.UnknownDeployment(service, stage, cell);
        }

        if (Names.FindHost(host, cell) is not { } id)
        {
            return Names.UnknownHost(host, cell);
        }

        return CellExplainer.ExplainHost(cell, key, id) is { } answer
            ? Results.Ok(PlacementShapes.Of(key, host, answer))
            : Names.UnknownDeployment(service, stage, cell);
    }

    private static async Task<IResult> ExplainInstanceAsync(
        string instance,
        Conductor conductor,
        Database database,
        ControlPlaneOptions options,
        CancellationToken cancellationToken
    )
    {
        var cell = conductor.Current.Cell;
        if (FleetEndpoints.Find(cell, instance) is not { } found)
        {
            return Problems.NotFound(
                "instance",
                instance,
                Names.Hint(
                    instance,
                    SameService(instance, cell),
                    "It may have been replaced: see the instances with orc get instances"
                )
            );
        }

        var entry = await PlacementHistory.FindAsync(database, options.Cell, found, cancellationToken);
        return Results.Ok(PlacementShapes.Of(found, entry?.Reason ?? "", CellExplainer.ExplainInstance(cell, found)));
    }

    /// <summary>Of millions, those that may have been meant.</summary>
    private static IEnumerable<string> SameService(string instance, Cell cell) =>
        instance.Split('.') is [var service, var stage, _] && Names.FindDeployment(service, stage, cell) is { } key
            ? cell.Instances.Of(key).Take(MaxCandidates).Select(each => each.Id.Value)
            : [];
}
