using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Logs;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Hosts, instances and deployments.</summary>
internal static class FleetEndpoints
{
    private const int DefaultTail = 100;

    private static readonly (string Word, HostAvailability Availability, string Summary)[] HostActions =
    [
        ("drain", HostAvailability.Draining, "Move everything off a host"),
        ("cordon", HostAvailability.Cordoned, "Place nothing new on a host"),
        ("uncordon", HostAvailability.Open, "Let a host take instances again"),
    ];

    public static void MapFleet(this IEndpointRouteBuilder app)
    {
        MapHosts(app);
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

    private static void MapHosts(IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/hosts",
                (Conductor conductor) =>
                {
                    var view = conductor.Current;
                    return new Page<HostView>([.. view.Cell.Hosts.Values.Select(each => FleetShapes.Of(view, each))]);
                }
            )
            .WithSummary("Hosts with their use");
        app.MapGet(
                "/v1/hosts/{host}",
                (string host, Conductor conductor) =>
                    HostId.TryParse(host, out var id) && conductor.Current.Cell.Hosts.TryGetValue(id, out var found)
                        ? Results.Ok(FleetShapes.Of(conductor.Current, found))
                        : UnknownHost(host)
            )
            .Answers<HostView>("A host");
        foreach (var (word, availability, summary) in HostActions)
        {
            app.MapPost(
                    $"/v1/hosts/{{host}}/{word}",
                    async (
                        string host,
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

                        return HostId.TryParse(host, out var id)
                            ? Answers.Of(
                                await conductor.AskAsync(
                                    new CellInput.SetAvailability(caller.Name, id, availability),
                                    cancellationToken
                                ),
                                "orc hosts"
                            )
                            : UnknownHost(host);
                    }
                )
                .Answers<ActionResult>(summary);
        }
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
            LogAnswer.NoAnswer(var reason) => Problems.Of(
                StatusCodes.Status504GatewayTimeout,
                "host_silent",
                $"{found.Host} did not answer: {reason}.",
                "See whether it is there: orc hosts"
            ),
            var other => throw new InvalidOperationException($"Reading logs was answered with {other.GetType().Name}."),
        };
    }

    internal static Instance? Find(Cell cell, string text) =>
        InstanceId.TryParse(text, out var id) ? cell.Instances.Find(id) : null;

    private static IResult UnknownHost(string host) => Problems.NotFound("host", host, "See the hosts: orc hosts");

    private static IResult UnknownInstance(string instance) =>
        Problems.NotFound("instance", instance, "See the instances: orc get instances");
}
