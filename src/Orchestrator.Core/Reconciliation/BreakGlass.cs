using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>An express for which, for a while, neither windows nor approvals nor webhooks hold. The judge holds always.</summary>
internal static class BreakGlass
{
    public static TrainOrder OrderOf(CellInput.OrderExpress asked, DateTimeOffset now) =>
        new(TrainPurpose.Express, asked.Actor, asked.Reason) { BreakGlassUntil = now + asked.BreakGlassFor };

    /// <summary>A train that is under way is let through from where it is.</summary>
    public static CellAnswer.Accepted For(CellDraft draft, Train train, TrainOrder order, DateTimeOffset now)
    {
        if (train.Order?.IsGlassBroken(now) ?? false)
        {
            return new CellAnswer.Accepted(train.Id.Value, $"The glass is broken for {train.Id} already.");
        }

        draft.Put(train with { Order = order, Review = null });
        Note(draft, order, train.Id, now);
        foreach (var rollout in draft.RolloutsOf(train).Where(each => !RolloutMachine.IsFinished(each)).ToList())
        {
            RolloutConduct.Step(draft, rollout, new RolloutEvent.GlassBroken(order.Actor, order.Reason), now);
        }

        return new CellAnswer.Accepted(train.Id.Value, $"The glass is broken for {train.Id}.{Consequence(order)}");
    }

    public static void Note(CellDraft draft, TrainOrder order, TrainId train, DateTimeOffset now)
    {
        if (order.BreakGlassUntil is { } until)
        {
            draft.Record(now, order.Actor, "train.glass-broken", train.Value, $"until {until:u}: {order.Reason}");
        }
    }

    public static string Consequence(TrainOrder order) =>
        order.BreakGlassUntil is { } until
            ? $" Neither windows nor approvals nor webhooks hold for it until {until:u}; the judge does. Somebody else must review this."
            : "";
}
