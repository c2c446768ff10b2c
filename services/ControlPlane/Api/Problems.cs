using Orchestrator.Contracts.Http;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Answers that say what is wrong, where, and what to do.</summary>
internal static class Problems
{
    private const string ContentType = "application/problem+json";

    public static IResult Of(int status, string code, string title, string hint) =>
        Of(
            new Problem
            {
                Title = title,
                Status = status,
                Code = code,
                Hint = hint,
            }
        );

    public static IResult Of(Problem problem) =>
        Results.Json(problem, contentType: ContentType, statusCode: problem.Status);

    public static IResult Of(CellAnswer.Refused refused) =>
        Of(
            new Problem
            {
                Title = refused.Message,
                Status = refused.Kind switch
                {
                    RefusalKind.NotFound => StatusCodes.Status404NotFound,
                    RefusalKind.Conflict => StatusCodes.Status409Conflict,
                    RefusalKind.Invalid => StatusCodes.Status422UnprocessableEntity,
                    RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
                    _ => throw new ArgumentOutOfRangeException(nameof(refused)),
                },
                Code = refused.Code,
                Hint = refused.Hint,
                Errors =
                [
                    .. refused.Places.Select(place => new ProblemPlace(
                        File: "",
                        Line: 0,
                        Column: 0,
                        $"{place.Subject}: {place.Path}",
                        place.Code,
                        place.Message,
                        place.Hint
                    )),
                ],
            }
        );

    public static IResult NotFound(string kind, string name, string hint) =>
        Of(StatusCodes.Status404NotFound, $"{kind}_unknown", $"There is no {kind} {name}.", hint);

    public static IResult Forbidden(string role) =>
        Of(
            StatusCodes.Status403Forbidden,
            "role_missing",
            $"Your token lacks the role {role}.",
            "Ask an admin for a token that has it: orc token create NAME --role " + role
        );

    public static IResult Invalid(string code, string title, string hint) =>
        Of(StatusCodes.Status422UnprocessableEntity, code, title, hint);
}
