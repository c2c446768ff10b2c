using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>What people ask of rollouts, by the API and by the page alike: roles first, then the cell decides.</summary>
internal static class RolloutAsks
{
    public static async Task<CellAnswer> AskAsync(
        RolloutId id,
        RolloutAsk ask,
        RolloutAction action,
        Caller caller,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        var isOfApprovers = ask is RolloutAsk.Approve or RolloutAsk.Reject or RolloutAsk.Revoke;
        var missing = isOfApprovers ? caller.MissingToApprove(id.Stage) : caller.MissingToOperate();
        // Members of a group may where the stage names it, and others in somebody's stead, which the cell knows.
        var mayBeMember =
            isOfApprovers
            && (
                !caller.Groups.IsEmpty || conductor.Current.Cell.Delegations.Values.Any(each => each.To == caller.Name)
            );
        if (missing is not null && !mayBeMember)
        {
            return Problems.RefusalFor(missing);
        }

        var isOfWebhook = ask == RolloutAsk.Skip && action.Webhook is not null;
        var input = new CellInput.AskRollout(
            caller.Name,
            id,
            isOfWebhook ? RolloutAsk.SkipWebhook : ask,
            action.Reason,
            action.ConsistHash
        )
        {
            Webhook = action.Webhook ?? "",
            IsApprover = missing is null,
            Groups = caller.Groups,
        };
        return await conductor.AskAsync(input, cancellationToken);
    }
}
