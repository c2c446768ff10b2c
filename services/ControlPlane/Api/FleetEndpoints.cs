using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Logs;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Instances and deployments.</summary>
internal static class FleetEndpoints
{
    private const int DefaultTail = 100;

    public static void MapFleet(this IEndpointRouteBuilder app)
    {
        MapInstances(app);
        app.MapGet(
                "/v1/deployments",
                (string? service, string? stage, Conductor conductor) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<DeploymentView>([
                        .. cell
                            .Deployments.Values.Where(each => service is null || each.Service.Value == service)
                            .Where(each => stage is null || each.Stage.Value == stage)
                            .Select(each => FleetShapes.Of(cell, each)),
                    ]);
                }
            )
            .WithSummary("What is desired, ready and served at each stage");
    }

    private static void MapInstances(IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/instances",
                (string? service, string? stage, string? host, Conductor conductor) =>
                    new Page<InstanceView>([
                        .. conductor
                            .Current.Cell.Instances.Values.Where(each =>
                                service is null || each.Service.Value == service
                            )
                            .Where(each => stage is null || each.Stage.Value == stage)
                            .Where(each => host is null || each.Host.Value == host)
                            .Select(FleetShapes.Of),
                    ])
            )
            .WithSummary("Instances, by service, stage or host");
        app.MapGet(
                "/v1/instances/{instance}",
                (string instance, Conductor conductor) =>
                    Find(conductor.Current.Cell, instance) is { } found
                        ? Results.Ok(FleetShapes.Of(found))
                        : UnknownInstance(instance)
            )
            .Answers<InstanceView>("An instance");
        app.MapGet("/v1/instances/{instance}/logs", ReadLogsAsync)
            .Answers<LogsView>("What an instance wrote: its last lines, or what follows an offset");
    }

    private static async Task<IResult> ReadLogsAsync(
        string instance,
        int? tail,
        long? offset,
        Conductor conductor,
        LogReader logs,
        CancellationToken cancellationToken
    )
    {
        if (Find(conductor.Current.Cell, instance) is not { } found)
        {
            return UnknownInstance(instance);
        }

        var lines = Math.Clamp(tail ?? DefaultTail, 1, LogReader.MaxTailLines);
        return await logs.ReadAsync(found.Host, found.Id, offset, lines, cancellationToken) switch
        {
            LogAnswer.Read(var text, var next) => Results.Ok(new LogsView(text, next)),
            LogAnswer.NotFound => Problems.NotFound(
                "log",
                instance,
                $"{found.Host} has written none for it yet: orc get instances {instance}"
            ),
            LogAnswer.NoAnswer(var reason) => InquiryEndpoints.Silent(found.Host, reason),
            var other => throw new InvalidOperationException($"Reading logs was answered with {other.GetType().Name}."),
        };
    }

    internal static Instance? Find(Cell cell, string text) =>
        InstanceId.TryParse(text, out var id) ? cell.Instances.Find(id) : null;

    private static IResult UnknownInstance(string instance) =>
        Problems.NotFound("instance", instance, "See the instances: orc get instances");
}
