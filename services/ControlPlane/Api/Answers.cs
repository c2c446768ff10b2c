using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>What an asked-for action came to.</summary>
internal static class Answers
{
    /// <summary>For what only operators may ask.</summary>
    public static async Task<IResult> OfOperatorAsync(
        CellInput input,
        Caller caller,
        Conductor conductor,
        string next,
        CancellationToken cancellationToken
    ) =>
        caller.MissingToOperate() is { } missing
            ? Problems.Forbidden(missing)
            : Of(await conductor.AskAsync(input, cancellationToken), next);

    public static IResult Of(CellAnswer answer, string next) =>
        answer switch
        {
            CellAnswer.Accepted accepted => Results.Ok(new ActionResult(accepted.Subject, accepted.Message, next)),
            CellAnswer.Refused refused => Problems.Of(refused),
            _ => throw new InvalidOperationException($"An action was answered with {answer.GetType().Name}."),
        };
}
