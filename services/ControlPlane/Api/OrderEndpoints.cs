using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Departures off the timetable, and versions that shall not travel.</summary>
internal static class OrderEndpoints
{
    private const long LeastBreakGlass = 60;
    private const long MostBreakGlass = 24 * 60 * 60;

    private static readonly (
        string Word,
        Func<string, ServiceName, SemanticVersion, string, CellInput> Ask,
        string Summary
    )[] Asks =
    [
        (
            "yank",
            (actor, service, version, reason) =>
                new CellInput.YankVersion(actor, service, version, IsYanked: true, reason),
            "Let a version travel no more"
        ),
        (
            "unyank",
            (actor, service, version, reason) =>
                new CellInput.YankVersion(actor, service, version, IsYanked: false, reason),
            "Let a yanked version travel again"
        ),
    ];

    public static void MapOrders(this IEndpointRouteBuilder app)
    {
        foreach (var (word, ask, summary) in Asks)
        {
            app.MapPost(
                    $"/v1/services/{{service}}/versions/{{version}}/{word}",
                    (
                        string service,
                        string version,
                        RolloutAction? action,
                        ClaimsPrincipal user,
                        Conductor conductor,
                        CancellationToken cancellationToken
                    ) =>
                    {
                        var caller = Caller.From(user);
                        return TryParse(service, version, out var name, out var number)
                            ? Answers.OfOperatorAsync(
                                ask(caller.Name, name, number, action?.Reason ?? ""),
                                caller,
                                conductor,
                                $"orc trains {name}",
                                cancellationToken
                            )
                            : Task.FromResult(Unknown(service, version));
                    }
                )
                .Answers<ActionResult>(summary);
        }

        app.MapPost("/v1/services/{service}/versions/{version}/express", ExpressAsync)
            .Answers<ActionResult>("Let a version leave now, off the timetable");
        app.MapPost("/v1/deployments/{service}/{stage}/rollback", RollBackAsync)
            .Answers<ActionResult>("Bring back a version that once succeeded at the stage");
    }

    private static Task<IResult> ExpressAsync(
        string service,
        string version,
        ExpressRequest? request,
        ClaimsPrincipal user,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        if (!TryParse(service, version, out var name, out var number))
        {
            return Task.FromResult(Unknown(service, version));
        }

        if (request?.BreakGlassSeconds is < LeastBreakGlass or > MostBreakGlass)
        {
            return Task.FromResult(
                Problems.Invalid(
                    "out_of_range",
                    "The glass is broken for 60 to 86400 seconds.",
                    "Write --break-glass 1h, or leave it out."
                )
            );
        }

        var caller = Caller.From(user);
        return Answers.OfOperatorAsync(
            new CellInput.OrderExpress(caller.Name, name, number, request?.Reason ?? "")
            {
                BreakGlassFor = request?.BreakGlassSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            },
            caller,
            conductor,
            $"orc trains {name}",
            cancellationToken
        );
    }

    private static Task<IResult> RollBackAsync(
        string service,
        string stage,
        RollbackRequest request,
        ClaimsPrincipal user,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.From(user);
        if (!StageName.TryParse(stage, out var at))
        {
            return Task.FromResult(
                Problems.NotFound("stage", stage, $"See where it runs: orc get deployments {service}")
            );
        }

        return TryParse(service, request.Version, out var name, out var version)
            ? Answers.OfOperatorAsync(
                new CellInput.OrderRollback(caller.Name, name, at, version, request.Reason),
                caller,
                conductor,
                $"orc rollout watch {name}",
                cancellationToken
            )
            : Task.FromResult(Unknown(service, request.Version));
    }

    private static bool TryParse(
        string service,
        string version,
        [NotNullWhen(true)] out ServiceName? name,
        [NotNullWhen(true)] out SemanticVersion? number
    )
    {
        number = null;
        return ServiceName.TryParse(service, out name) && SemanticVersion.TryParse(version, out number);
    }

    private static IResult Unknown(string service, string version) =>
        Problems.NotFound("version", $"{service}/{version}", $"See the versions: orc get versions {service}");
}
