using System.Collections.Immutable;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>What changes would come to. They change nothing, and every replica answers from what it knows.</summary>
internal static class PlanEndpoints
{
    /// <summary>As many as a manifest may ask for.</summary>
    private const int MaxCount = 10_000;

    private const int MaxHosts = 1_000;

    public static void MapPlans(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/plan/apply", ApplyAsync)
            .Answers<PlanView>("What applying manifests would move, place and stop");
        app.MapPost("/v1/plan/scale", ScaleAsync)
            .Answers<PlanView>("What another count of a service at a stage would place and stop");
        app.MapPost("/v1/plan/publish/{service}", PublishAsync)
            .Answers<PlanView>("What a version would take on its way through every stage of its line");
        app.MapPost(
                "/v1/plan/drain",
                (PlanHostsRequest request, Conductor conductor, PlanDesk desk, CancellationToken cancellationToken) =>
                    HostsAsync(
                        request,
                        hosts => new FleetChange.Drain(hosts),
                        conductor.Current.Cell,
                        desk,
                        cancellationToken
                    )
            )
            .Answers<PlanView>("What draining hosts would move, and what finds no other place");
        app.MapPost(
                "/v1/plan/lose",
                (PlanHostsRequest request, Conductor conductor, PlanDesk desk, CancellationToken cancellationToken) =>
                    HostsAsync(
                        request,
                        hosts => new FleetChange.Lose(hosts),
                        conductor.Current.Cell,
                        desk,
                        cancellationToken
                    )
            )
            .Answers<PlanView>("What losing hosts would move, and what finds no other place");
        app.MapPost("/v1/plan/rebalance", RebalanceAsync)
            .Answers<RebalancePlanView>("Which moves would pack or spread a pool, within a budget");
    }

    private static async Task<IResult> ApplyAsync(
        ApplyRequest request,
        TimeProvider clock,
        PlanDesk desk,
        CancellationToken cancellationToken
    )
    {
        if (!ApplyEndpoints.TryRead(request.Files, clock, out var manifests, out var places, out var problem))
        {
            return problem;
        }

        var (view, outcome) = await desk.PlanAsync(new FleetChange.Manifests(manifests), cancellationToken);
        return outcome is PlanOutcome.Refused(var refused)
            ? ApplyEndpoints.Refusal(refused, places)
            : Answer(view, outcome);
    }

    private static async Task<IResult> ScaleAsync(
        PlanScaleRequest request,
        Conductor conductor,
        PlanDesk desk,
        CancellationToken cancellationToken
    )
    {
        if (request.Count is < 1 or > MaxCount)
        {
            return Problems.Invalid(
                "invalid_count",
                $"{request.Count} is not a count of instances.",
                $"A stage has 1 to {MaxCount} instances."
            );
        }

        var cell = conductor.Current.Cell;
        return Names.FindDeployment(request.Service, request.Stage, cell) is { } key
            ? await PlanAsync(new FleetChange.Scale(key.Service, key.Stage, request.Count), desk, cancellationToken)
            : Names.UnknownDeployment(request.Service, request.Stage, cell);
    }

    private static async Task<IResult> PublishAsync(
        string service,
        PublishRequest request,
        Conductor conductor,
        PlanDesk desk,
        CancellationToken cancellationToken
    )
    {
        var cell = conductor.Current.Cell;
        if (!ServiceName.TryParse(service, out var name) || !cell.Services.ContainsKey(name))
        {
            return Names.UnknownService(service, cell);
        }

        return CatalogEndpoints.TryRead(name, request, out var order, out var problem)
            ? await PlanAsync(new FleetChange.Publish(order), desk, cancellationToken)
            : problem;
    }

    private static async Task<IResult> HostsAsync(
        PlanHostsRequest request,
        Func<ImmutableArray<HostId>, FleetChange> change,
        Cell cell,
        PlanDesk desk,
        CancellationToken cancellationToken
    )
    {
        if (request.Hosts.Count is 0 or > MaxHosts || request.Hosts.Any(host => host is null))
        {
            return Problems.Invalid("invalid_hosts", "No list of hosts.", $"Name 1 to {MaxHosts} hosts: orc hosts");
        }

        var unknown = request.Hosts.FirstOrDefault(host => Names.FindHost(host, cell) is null);
        return unknown is null
            ? await PlanAsync(
                change([.. request.Hosts.Distinct(StringComparer.Ordinal).Select(HostId.Parse)]),
                desk,
                cancellationToken
            )
            : Names.UnknownHost(unknown, cell);
    }

    private static async Task<IResult> RebalanceAsync(
        PlanRebalanceRequest request,
        PlanDesk desk,
        CancellationToken cancellationToken
    )
    {
        if (!RebalanceShapes.TryRead(request.Pool, request.Goal, request.Moves, out var order, out var problem))
        {
            return problem;
        }

        var (view, outcome) = await desk.PlanAsync(order, cancellationToken);
        return outcome switch
        {
            RebalanceOutcome.Planned(var plan) => Results.Ok(RebalanceShapes.Of(view, order, plan)),
            RebalanceOutcome.Refused(var refused) => Problems.Of(refused),
            _ => throw new ArgumentOutOfRangeException(nameof(request)),
        };
    }

    private static async Task<IResult> PlanAsync(FleetChange change, PlanDesk desk, CancellationToken cancellationToken)
    {
        var (view, outcome) = await desk.PlanAsync(change, cancellationToken);
        return Answer(view, outcome);
    }

    private static IResult Answer(CellView view, PlanOutcome outcome) =>
        outcome switch
        {
            PlanOutcome.Planned(var plan) => Results.Ok(PlacementShapes.Of(view, plan)),
            PlanOutcome.Refused(var refused) => Problems.Of(refused),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
        };
}
