using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Begins, cancels and ends rebalances; <see cref="RebalanceMoves"/> makes their moves.</summary>
internal static class RebalanceConduct
{
    /// <summary>What was moved stays where it is for so long, and is not moved on by the next plan.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromHours(1);

    public static CellAnswer Ask(CellDraft draft, CellInput.AskRebalance asked, DateTimeOffset now)
    {
        if (draft.RunningRebalance is { } running)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "rebalance_under_way",
                Text($"Rebalance {running} is under way, and there is one at a time."),
                Text($"See how far it is: orc get rebalances {running}. End it: orc rebalance --cancel {running}")
            );
        }

        switch (FleetRebalancer.Plan(draft, asked.Order, now))
        {
            case RebalanceOutcome.Refused(var refused):
                return refused;
            case RebalanceOutcome.Planned({ Moves.IsEmpty: true }):
                return new CellAnswer.Accepted(Subject: "", $"No move would make {asked.Order.Pool} better.");
            case RebalanceOutcome.Planned(var plan):
                return Begin(draft, asked, plan, now);
            default:
                throw new ArgumentOutOfRangeException(nameof(asked));
        }
    }

    /// <summary>What was not begun stays where it is; what stands beside its old one goes again.</summary>
    public static CellAnswer Cancel(CellDraft draft, CellInput.CancelRebalance asked, DateTimeOffset now)
    {
        if (draft.Rebalances.Find(asked.Number) is not { } rebalance)
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "rebalance_unknown",
                Text($"There is no rebalance {asked.Number}."),
                "See them: orc get rebalances"
            );
        }

        if (rebalance.Phase is not RebalancePhase.Running)
        {
            return new CellAnswer.Accepted(Id(rebalance), Text($"Rebalance {rebalance.Number} has ended already."));
        }

        foreach (var key in draft.OpenSteps.ToList())
        {
            RebalanceMoves.Skip(draft, draft.RebalanceSteps[key], $"cancelled by {asked.Actor}", now);
        }

        var ended = draft.Rebalances[rebalance.Number];
        draft.Put(ended with { Phase = new RebalancePhase.Cancelled(now, asked.Actor) });
        draft.Record(now, asked.Actor, "rebalance.cancelled", Id(ended), asked.Reason);
        return new CellAnswer.Accepted(
            Id(ended),
            Text($"Rebalance {ended.Number} is cancelled: {ended.Moved} of {ended.Planned} moves were made.")
        );
    }

    /// <summary>Goes on with the moves of the wave, then with the next one, and ends with the last.</summary>
    public static void Advance(CellDraft draft, DateTimeOffset now)
    {
        if (draft.RunningRebalance is not { } number)
        {
            return;
        }

        var wave = ((RebalancePhase.Running)draft.Rebalances[number].Phase).Wave;
        new RebalanceMoves(draft, now).Advance(wave);
        if (draft.OpenSteps.Count == 0)
        {
            var ended = draft.Rebalances[number];
            draft.Put(ended with { Phase = new RebalancePhase.Succeeded(now) });
            draft.Record(
                now,
                CellMachine.Conductor,
                "rebalance.succeeded",
                Id(ended),
                Text($"{ended.Moved} of {ended.Planned} moves made, {ended.Skipped} skipped")
            );
        }
        else if (
            draft.OpenSteps.Min is { } next
            && draft.RebalanceSteps[next].Move.Wave > wave
            && HaveLeft(draft, next)
        )
        {
            // Its moves use the room that those before have left.
            draft.Put(
                draft.Rebalances[number] with
                {
                    Phase = new RebalancePhase.Running(draft.RebalanceSteps[next].Move.Wave),
                }
            );
        }
    }

    /// <summary>What rebalances placed a while ago at most.</summary>
    public static HashSet<InstanceId> Resting(CellDraft draft, DateTimeOffset now) =>
        [
            .. draft
                .RebalanceSteps.Rows.Where(step => IsRecent(draft.Rebalances[step.Rebalance], now))
                .Select(step => step.Replacement)
                .OfType<InstanceId>(),
        ];

    private static CellAnswer.Accepted Begin(
        CellDraft draft,
        CellInput.AskRebalance asked,
        RebalancePlan plan,
        DateTimeOffset now
    )
    {
        Forget(draft, now);
        var rebalance = new Rebalance
        {
            Number = draft.LastRebalance + 1,
            AskedBy = asked.Actor,
            Reason = asked.Reason,
            Order = asked.Order,
            StartedAt = now,
            Phase = new RebalancePhase.Running(Wave: 1),
            Planned = plan.Moves.Length,
            Moved = 0,
            Skipped = 0,
            Before = plan.Before,
            After = plan.After,
        };
        draft.Put(rebalance);
        foreach (var (index, move) in plan.Moves.Index())
        {
            draft.Put(
                new RebalanceStep
                {
                    Rebalance = rebalance.Number,
                    Number = index + 1,
                    Move = move,
                    State = new MoveState.Waiting(),
                }
            );
        }

        var order = asked.Order;
        var told = Text(
            $"{plan.Moves.Length} moves to {Verb(order.Goal)} {order.Pool}, of at most {order.Moves}; hosts used {plan.Before.UsedHosts} to {plan.After.UsedHosts}, beyond spread rules {plan.Before.Excess} to {plan.After.Excess}"
        );
        var because = asked.Reason.Length == 0 ? "" : $": {asked.Reason}";
        draft.Record(now, asked.Actor, "rebalance.planned", Id(rebalance), told + because);
        return new CellAnswer.Accepted(Id(rebalance), $"Rebalance {Id(rebalance)} is under way: {told}.");
    }

    /// <summary>The moves of rebalances that ended a while ago; the rebalances themselves stay.</summary>
    private static void Forget(CellDraft draft, DateTimeOffset now)
    {
        foreach (
            var step in draft
                .RebalanceSteps.Rows.Where(step => !IsRecent(draft.Rebalances[step.Rebalance], now))
                .ToImmutableArray()
        )
        {
            draft.RebalanceSteps.Remove(step.Key);
        }
    }

    private static bool IsRecent(Rebalance rebalance, DateTimeOffset now) =>
        rebalance.Phase switch
        {
            RebalancePhase.Succeeded(var at) => now - at < Rest,
            RebalancePhase.Cancelled(var at, _) => now - at < Rest,
            _ => true,
        };

    /// <summary>Whether nothing is left of what earlier moves ended.</summary>
    private static bool HaveLeft(CellDraft draft, RebalanceStepKey before) =>
        draft
            .RebalanceSteps.Rows.Where(step => step.Rebalance == before.Rebalance && step.Number < before.Number)
            .All(step => step.State is not MoveState.Moved || draft.Instances.Find(step.Move.Instance) is null);

    private static string Verb(RebalanceGoal goal) =>
        goal switch
        {
            RebalanceGoal.Pack => "pack",
            RebalanceGoal.Spread => "spread",
            _ => throw new ArgumentOutOfRangeException(nameof(goal)),
        };

    private static string Id(Rebalance rebalance) => rebalance.Number.ToString(CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
