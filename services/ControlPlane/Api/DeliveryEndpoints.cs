using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Api;

/// <summary>What ran where and when, and how delivery does.</summary>
internal static class DeliveryEndpoints
{
    private const int DefaultRows = 100;
    private const int MaxRows = 1_000;
    private const int DefaultDays = 30;
    private const int MaxDays = 366;

    /// <summary>Each is an entry of the journal that is read.</summary>
    private const int MaxEntries = 200_000;

    public static void MapDelivery(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/history",
                (string? service, string? stage, int? limit, Conductor conductor) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<HistoryView>([
                        .. cell
                            .Rollouts.Values.Where(each => service is null || each.Service.Value == service)
                            .Where(each => stage is null || each.Stage.Name.Value == stage)
                            .OrderByDescending(each => each.PlannedAt)
                            .Take(Math.Clamp(limit ?? DefaultRows, 1, MaxRows))
                            .Select(each => DeliveryShapes.History(cell, each)),
                    ]);
                }
            )
            .WithSummary("What became of versions at stages, the newest first");
        app.MapGet(
                "/v1/delivery",
                async (
                    string? service,
                    int? days,
                    Conductor conductor,
                    Database database,
                    ControlPlaneOptions options,
                    TimeProvider clock,
                    CancellationToken cancellationToken
                ) =>
                {
                    ServiceName? name = null;
                    if (
                        service is not null
                        && !(
                            ServiceName.TryParse(service, out name) && conductor.Current.Cell.Services.ContainsKey(name)
                        )
                    )
                    {
                        return Problems.NotFound("service", service, "See the services: orc get services");
                    }

                    var counted = Math.Clamp(days ?? DefaultDays, 1, MaxDays);
                    var entries = await Journal.ReadOfAsync(
                        database,
                        options.Cell,
                        DeliveryShapes.Actions,
                        clock.GetUtcNow() - TimeSpan.FromDays(counted),
                        MaxEntries,
                        cancellationToken
                    );
                    return Results.Ok(DeliveryShapes.Delivery(conductor.Current.Cell, entries, name, counted));
                }
            )
            .Answers<DeliveryView>("DORA's four figures, out of the journal");
    }
}
