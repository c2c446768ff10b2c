using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Hosts, and what people may want of them.</summary>
internal static class HostEndpoints
{
    /// <summary>What a duration can hold and more; Core refuses everything beyond a month.</summary>
    private const long MostSeconds = 1_000_000_000;

    public static void MapHosts(this IEndpointRouteBuilder app)
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
                        : Names.UnknownHost(host, conductor.Current.Cell)
            )
            .Answers<HostView>("A host");
        app.MapPost(
                "/v1/hosts/{host}/drain",
                (
                    string host,
                    DrainRequest? request,
                    ClaimsPrincipal user,
                    Conductor conductor,
                    CancellationToken cancellationToken
                ) => AskAsync(host, user, conductor, (actor, id) => Drain(actor, id, request), cancellationToken)
            )
            .Answers<ActionResult>("Move everything off a host; after a deadline whatever its services need");
        app.MapPost(
                "/v1/hosts/{host}/cordon",
                (string host, ClaimsPrincipal user, Conductor conductor, CancellationToken cancellationToken) =>
                    AskAsync(
                        host,
                        user,
                        conductor,
                        (actor, id) => new CellInput.SetAvailability(actor, id, HostAvailability.Cordoned),
                        cancellationToken
                    )
            )
            .Answers<ActionResult>("Place nothing new on a host; cancels a drain");
        app.MapPost(
                "/v1/hosts/{host}/uncordon",
                (string host, ClaimsPrincipal user, Conductor conductor, CancellationToken cancellationToken) =>
                    AskAsync(
                        host,
                        user,
                        conductor,
                        (actor, id) => new CellInput.SetAvailability(actor, id, HostAvailability.Open),
                        cancellationToken
                    )
            )
            .Answers<ActionResult>("Let a host take instances again; cancels a drain");
    }

    private static CellInput.DrainHost Drain(string actor, HostId host, DrainRequest? request) =>
        new(
            actor,
            host,
            request?.DeadlineSeconds is { } seconds
                ? TimeSpan.FromSeconds(Math.Clamp(seconds, -MostSeconds, MostSeconds))
                : null,
            request?.Reason ?? ""
        );

    private static async Task<IResult> AskAsync(
        string host,
        ClaimsPrincipal user,
        Conductor conductor,
        Func<string, HostId, CellInput> inputOf,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.From(user);
        if (caller.MissingToOperate() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        return HostId.TryParse(host, out var id)
            ? Answers.Of(await conductor.AskAsync(inputOf(caller.Name, id), cancellationToken), "orc hosts")
            : Names.UnknownHost(host, conductor.Current.Cell);
    }
}
