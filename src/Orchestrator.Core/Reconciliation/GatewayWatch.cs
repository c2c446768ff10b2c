using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What gateways say: which table they serve, and who still has requests in flight.</summary>
internal static class GatewayWatch
{
    public static void Hear(CellDraft draft, CellInput.GatewayHeard heard, DateTimeOffset now)
    {
        var known = draft.Contacts.Find(heard.Gateway);
        var isBehind = heard.Epoch < draft.Epoch || heard.Revision < draft.RouteRevision;
        var maySend = known is null || now - known.TableSentAt >= draft.Settings.ResendAfter;
        draft.Contacts.Heard(
            new GatewayContact
            {
                Id = heard.Gateway,
                Session = heard.Session,
                Epoch = heard.Epoch,
                Revision = heard.Revision,
                Busy = [.. heard.Busy],
                HeardAt = now,
                TableSentAt = isBehind && maySend ? now : known?.TableSentAt ?? DateTimeOffset.MinValue,
            }
        );
        if (isBehind && maySend)
        {
            draft.GatewaysBehind.Add(heard.Gateway);
        }
    }

    public static void ForgetSilent(CellDraft draft, DateTimeOffset now)
    {
        foreach (var gateway in draft.Contacts.Gateways.ToList())
        {
            var patience = draft.Settings.GatewayLostAfter;
            if (now - gateway.HeardAt > patience && now - draft.Contacts.ListeningSince > patience)
            {
                draft.Contacts.Forget(gateway.Id);
            }
        }
    }

    /// <summary>
    /// Every gateway serves a table without the instance and has answered its last request, or the deadline is over.
    /// </summary>
    public static bool IsDrained(
        CellDraft draft,
        InstanceId instance,
        InstancePhase.Draining draining,
        DateTimeOffset now
    )
    {
        if (now >= draining.Deadline)
        {
            return true;
        }

        return DoAllServe(draft, draining.RouteRevision, now)
            && draft.Contacts.Gateways.All(gateway => !gateway.Busy.Contains(instance));
    }

    /// <summary>
    /// Every gateway serves this table or a newer one. Right after a restart no gateway has been heard yet; that is no proof.
    /// </summary>
    public static bool DoAllServe(CellDraft draft, long routeRevision, DateTimeOffset now)
    {
        var mayBeUnheard = now - draft.Contacts.StartedAt <= draft.Settings.GatewayLostAfter;
        var gateways = draft.Contacts.Gateways.ToImmutableArray();
        return (!mayBeUnheard || gateways.Length > 0)
            && gateways.All(gateway => gateway.Epoch == draft.Epoch && gateway.Revision >= routeRevision);
    }
}
