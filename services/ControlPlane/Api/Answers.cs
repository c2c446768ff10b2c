using Orchestrator.Contracts.Http;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>What an asked-for action came to.</summary>
internal static class Answers
{
    public static IResult Of(CellAnswer answer, string next) =>
        answer switch
        {
            CellAnswer.Accepted accepted => Results.Ok(new ActionResult(accepted.Subject, accepted.Message, next)),
            CellAnswer.Refused refused => Problems.Of(refused),
            _ => throw new InvalidOperationException($"An action was answered with {answer.GetType().Name}."),
        };
}
