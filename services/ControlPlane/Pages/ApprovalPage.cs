using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Api;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>
/// What waits for the person who signed in, with the evidence, to be approved or rejected by a form that needs no script. Its
/// address holds a secret of the sign-in: a session alone, which every port of the host sees, decides nothing.
/// </summary>
internal static class ApprovalPage
{
    private const string Path = "/approvals/{desk}";
    private const string Approve = "approve";
    private const string Reject = "reject";

    /// <summary>A reason, and what else the form has.</summary>
    private const int MaxFormBytes = 16 * 1024;

    private const int MaxReason = 1_000;

    public static string AddressOf(string desk) => $"/approvals/{desk}";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, ShowAsync).ExcludeFromDescription();
        app.MapPost(Path, DecideAsync)
            .WithMetadata(new RequestSizeLimitAttribute(MaxFormBytes))
            .ExcludeFromDescription();
    }

    private static async Task<IResult> ShowAsync(
        string desk,
        HttpContext context,
        Desks desks,
        CancellationToken cancellationToken
    ) =>
        await desks.FindAsync(desk, context.User, cancellationToken) is { } caller
            ? desks.Show(context, caller, AddressOf(desk), outcome: null, StatusCodes.Status200OK)
            : Results.Redirect("/sign-in");

    private static async Task<IResult> DecideAsync(
        string desk,
        [FromForm] DecisionForm form,
        HttpContext context,
        Desks desks,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        if (await desks.FindAsync(desk, context.User, cancellationToken) is not { } caller)
        {
            return Results.Redirect("/sign-in");
        }

        var (status, outcome) = await OutcomeOfAsync(form, caller, conductor, cancellationToken);
        return desks.Show(context, caller, AddressOf(desk), outcome, status);
    }

    private static async Task<(int Status, DecisionOutcome Outcome)> OutcomeOfAsync(
        DecisionForm form,
        Caller caller,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        var reason = form.Reason?.Trim() ?? "";
        if (
            !RolloutId.TryParse(form.Rollout, out var id)
            || string.IsNullOrEmpty(form.Consist)
            || form.Decision is not (Approve or Reject)
        )
        {
            return Refused(StatusCodes.Status400BadRequest, "The form is not whole.", "Load the page again.");
        }

        if (reason.Length is 0 or > MaxReason)
        {
            return Refused(
                StatusCodes.Status422UnprocessableEntity,
                $"{id} is as it was: say why.",
                "A reason has 1 to 1000 characters, and goes into the journal."
            );
        }

        // A rejection is of what was shown as well.
        if (conductor.Current.Cell.Rollouts.TryGetValue(id, out var rollout) && rollout.ConsistHash != form.Consist)
        {
            return Refused(
                StatusCodes.Status409Conflict,
                $"{id} carries {rollout.ConsistHash} now, and what you saw was {form.Consist}.",
                "Look at what waits now, below."
            );
        }

        try
        {
            var answer = await RolloutAsks.AskAsync(
                id,
                form.Decision == Approve ? RolloutAsk.Approve : RolloutAsk.Reject,
                new RolloutAction { Reason = reason, ConsistHash = form.Consist },
                caller,
                conductor,
                cancellationToken
            );
            return answer switch
            {
                CellAnswer.Accepted accepted => (
                    StatusCodes.Status200OK,
                    new DecisionOutcome(IsDone: true, accepted.Message, Hint: "")
                ),
                CellAnswer.Refused refused => Refused(Problems.StatusOf(refused), refused.Message, refused.Hint),
                _ => throw new InvalidOperationException($"It was answered with {answer.GetType().Name}."),
            };
        }
        catch (ConductorUnavailableException exception)
        {
            return Refused(StatusCodes.Status503ServiceUnavailable, exception.Message, "Try again in a moment.");
        }
    }

    private static (int Status, DecisionOutcome Outcome) Refused(int status, string message, string hint) =>
        (status, new DecisionOutcome(IsDone: false, message, hint));
}

/// <summary>What the form sends; whatever is missing is null.</summary>
internal sealed class DecisionForm
{
    public string? Rollout { get; set; }

    /// <summary>The hash of the consist that was shown.</summary>
    public string? Consist { get; set; }

    public string? Reason { get; set; }

    public string? Decision { get; set; }
}

/// <summary>Whose page it is, and what is on it.</summary>
internal sealed class Desks(
    SignIns signIns,
    Database database,
    Conductor conductor,
    IAntiforgery antiforgery,
    TimeProvider clock
)
{
    /// <summary>Null unless the session in the browser is of the same person, whose token still has those roles.</summary>
    public async Task<Caller?> FindAsync(string desk, ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        if (signIns.FindDesk(desk) is not { } caller || caller.Name != user.Identity?.Name)
        {
            return null;
        }

        var tokens = await Tokens.ListAsync(database, cancellationToken);
        return tokens.Any(token =>
            token.RevokedAt is null && token.Name == caller.Name && token.Roles.SequenceEqual(caller.Roles)
        )
            ? caller
            : null;
    }

    public RazorComponentResult<ApprovalDocument> Show(
        HttpContext context,
        Caller caller,
        string address,
        DecisionOutcome? outcome,
        int status
    )
    {
        var proof = antiforgery.GetAndStoreTokens(context);
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(ApprovalDocument.Model)] = new ApprovalModel
            {
                Person = caller.Name,
                Address = address,
                Waiting = ApprovalModels.WaitingFor(conductor.Current.Cell, caller, clock.GetUtcNow()),
                Outcome = outcome,
            },
            [nameof(ApprovalDocument.FieldName)] = proof.FormFieldName,
            [nameof(ApprovalDocument.RequestToken)] = proof.RequestToken,
        };
        return new RazorComponentResult<ApprovalDocument>(parameters) { StatusCode = status };
    }
}
