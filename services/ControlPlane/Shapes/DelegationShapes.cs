using Orchestrator.Contracts.Http;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Who approves for whom, as the API shows it.</summary>
internal static class DelegationShapes
{
    public static DelegationView Of(Delegation delegation, DateTimeOffset now) =>
        new()
        {
            Number = delegation.Number,
            From = delegation.From,
            To = delegation.To,
            Group = delegation.Of is DelegationScope.OfGroup(var group) ? group : "",
            Stage = delegation.Of is DelegationScope.OfStage(var stage) ? stage.Value : "",
            CreatedAt = delegation.CreatedAt,
            Until = delegation.Until,
            Reason = delegation.Reason,
            State = StateOf(delegation, now),
            Revoked = delegation.Revoked is { } end ? $"by {end.Actor}: {end.Reason}" : "",
        };

    public static ApprovalView Of(Approval given) => new(given.Actor, given.Reason, given.At) { For = given.For ?? "" };

    /// <summary><c>bo</c>, or <c>bo for ana</c>.</summary>
    public static string NameOf(Approval given) => given.For is { } other ? $"{given.Actor} for {other}" : given.Actor;

    private static string StateOf(Delegation delegation, DateTimeOffset now)
    {
        if (delegation.Revoked is not null)
        {
            return "revoked";
        }

        return delegation.IsOpen(now) ? "open" : "over";
    }
}
