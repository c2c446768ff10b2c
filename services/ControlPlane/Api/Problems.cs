using System.Collections.Immutable;
using Orchestrator.Contracts.Http;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Manifests;

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
                Status = StatusOf(refused),
                Code = refused.Code,
                Hint = refused.Hint,
            }
        );

    /// <summary>Manifests that are wrong. One error speaks for itself; several are counted.</summary>
    /// <param name="errors">Not empty.</param>
    public static IResult OfManifests(int status, string code, ImmutableArray<ManifestError> errors) =>
        Of(
            new Problem
            {
                Title =
                    errors.Length == 1
                        ? errors[0].Message
                        : $"{errors.Count(error => error.Code != ManifestErrorCodes.MoreErrors)} things are wrong.",
                Detail = "Nothing was applied.",
                Status = status,
                Code = code,
                Hint = errors.Length == 1 ? errors[0].Hint : "Correct each and apply again.",
                Errors =
                [
                    .. errors.Select(error => new ProblemPlace(
                        error.File,
                        error.Line,
                        error.Column,
                        error.Path,
                        error.Code,
                        error.Message,
                        error.Hint
                    )),
                ],
            }
        );

    public static int StatusOf(CellAnswer.Refused refused) =>
        refused.Kind switch
        {
            RefusalKind.NotFound => StatusCodes.Status404NotFound,
            RefusalKind.Conflict => StatusCodes.Status409Conflict,
            RefusalKind.Invalid => StatusCodes.Status422UnprocessableEntity,
            RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
            _ => throw new ArgumentOutOfRangeException(nameof(refused)),
        };

    public static IResult NotFound(string kind, string name, string hint) =>
        Of(StatusCodes.Status404NotFound, $"{kind}_unknown", $"There is no {kind} {name}.", hint);

    public static IResult Forbidden(string role) => Of(RefusalFor(role));

    public static CellAnswer.Refused RefusalFor(string role) =>
        new(
            RefusalKind.Forbidden,
            "role_missing",
            $"Your token lacks the role {role}.",
            "Ask an admin for a token that has it: orc token create NAME --role " + role
        );

    public static IResult Invalid(string code, string title, string hint) =>
        Of(StatusCodes.Status422UnprocessableEntity, code, title, hint);
}
