using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Api;

/// <summary>People who let others approve in their stead.</summary>
internal static class DelegationEndpoints
{
    private const string Next = "orc delegate list";

    public static void MapDelegations(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/delegations",
                (Conductor conductor, TimeProvider clock) =>
                    new Page<DelegationView>([
                        .. conductor.Current.Cell.Delegations.Values.Select(each =>
                            DelegationShapes.Of(each, clock.GetUtcNow())
                        ),
                    ])
            )
            .WithSummary("Who may approve in whose stead, those that ended lately too");
        app.MapPost("/v1/delegations", CreateAsync)
            .Answers<ActionResult>("Let another person approve in one's stead for a while");
        app.MapPost(
                "/v1/delegations/{number:long}/revoke",
                async (
                    long number,
                    RolloutAction? action,
                    ClaimsPrincipal user,
                    Conductor conductor,
                    CancellationToken cancellationToken
                ) =>
                {
                    var caller = Caller.From(user);
                    var asked = new CellInput.RevokeDelegation(
                        caller.Name,
                        number,
                        action?.Reason ?? "",
                        caller.IsAdmin
                    );
                    return Answers.Of(await conductor.AskAsync(asked, cancellationToken), Next);
                }
            )
            .Answers<ActionResult>("End a delegation; what was approved by it stays approved");
    }

    private static async Task<IResult> CreateAsync(
        DelegationRequest request,
        ClaimsPrincipal user,
        Conductor conductor,
        Database database,
        CancellationToken cancellationToken
    )
    {
        if (ScopeOf(request) is not { } scope)
        {
            return Problems.Invalid(
                "scope_unclear",
                "A delegation is about a group or about a stage.",
                "Write one of the two, by its name: --group payments, or --stage prod."
            );
        }

        // A mistyped name would look like help that never comes.
        var tokens = await Tokens.ListAsync(database, cancellationToken);
        if (!tokens.Any(token => token.RevokedAt is null && token.Name == request.To))
        {
            return Problems.NotFound("person", request.To, "People are known by their tokens: orc token list");
        }

        var caller = Caller.From(user);
        var hasRight = scope switch
        {
            DelegationScope.OfGroup(var group) => caller.Groups.Contains(group, StringComparer.Ordinal),
            DelegationScope.OfStage(var stage) => caller.MissingToApprove(stage) is null,
            _ => false,
        };
        var asked = new CellInput.CreateDelegation(
            caller.Name,
            request.To,
            scope,
            request.Until,
            request.Reason,
            hasRight
        );
        return Answers.Of(await conductor.AskAsync(asked, cancellationToken), Next);
    }

    /// <summary>Null unless one of the two is named, and well.</summary>
    private static DelegationScope? ScopeOf(DelegationRequest request) =>
        request switch
        {
            // Groups follow the rule of all names.
            { Group: { } group, Stage: null } when StageName.TryParse(group, out _) => new DelegationScope.OfGroup(
                group
            ),
            { Group: null, Stage: { } text } when StageName.TryParse(text, out var stage) =>
                new DelegationScope.OfStage(stage),
            _ => null,
        };
}
