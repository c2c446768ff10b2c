using System.Globalization;
using Orchestrator.Core.Catalog;
using static Orchestrator.Core.Rollouts.RolloutMachine;

namespace Orchestrator.Core.Rollouts;

/// <summary>People who let a rollout go on, and what becomes of one that nobody comes for.</summary>
public static class RolloutApprovals
{
    /// <summary>How many are still missing at that point; 0 where the stage's policy wants none.</summary>
    public static int Missing(Rollout rollout, DateTimeOffset now) =>
        (rollout.Stage.Approval, rollout.Approval, rollout.Approvals) switch
        {
            (null, _, _) => 0,
            (_, not null, { IsEmpty: true }) => 0, // Of earlier days, when one was enough.
            ({ } gate, _, _) => Math.Max(0, gate.Count - Valid(rollout, now).Count()),
        };

    /// <summary>Whether somebody has a right at its stage, be it another's; whether they may approve this is <see cref="RefusalTo"/>.</summary>
    public static bool ConcernsThem(Rollout rollout, Approver by) => ApprovalRights.MayNot(rollout.Stage, by) is null;

    /// <summary>Why somebody may not approve it; null if they may.</summary>
    public static Transition.Refused? RefusalTo(Rollout rollout, Approver by) =>
        ApprovalRights.Refusal(
            rollout.Stage,
            rollout.ConsistHash,
            [rollout.PublishedBy],
            new RolloutEvent.Approved(by, Reason: "", rollout.ConsistHash),
            rollout.Id
        );

    /// <summary>Whether an approval of theirs would count nothing more.</summary>
    public static bool HasCounted(Rollout rollout, Approver by, DateTimeOffset now) =>
        ApprovalRights.Beside(Valid(rollout, now), rollout.Stage, [rollout.PublishedBy], by) is Standing.Counted;

    internal static bool AreComplete(Rollout rollout, ApprovalPoint point, DateTimeOffset now) =>
        rollout.Stage.Approval is not { } gate || gate.Before != point || Missing(rollout, now) == 0;

    internal static Rollout Completed(Rollout rollout) =>
        rollout.Stage.Approval is null || rollout.Approvals.IsEmpty
            ? rollout
            : rollout with
            {
                Approval = rollout.Approvals[^1],
            };

    internal static Transition Approve(Rollout rollout, RolloutEvent.Approved asked, DateTimeOffset now)
    {
        // Before anything of it runs it may be approved ahead, as a train may that has not come to the stage.
        var isAhead = rollout is { Stage.Approval: not null } && Underlying(rollout.Phase) is RolloutPhase.Planned;
        if (rollout.Phase is not RolloutPhase.AwaitingApproval && !isAhead)
        {
            return RolloutRequests.NotNow(rollout, "approve", "It waits for no approval.");
        }

        if (
            ApprovalRights.Refusal(rollout.Stage, rollout.ConsistHash, [rollout.PublishedBy], asked, rollout.Id) is
            { } refused
        )
        {
            return refused;
        }

        if (
            ApprovalRights.Beside(Valid(rollout, now), rollout.Stage, [rollout.PublishedBy], asked.By)
            is not Standing.Free
            (var other)
        )
        {
            return Keep(rollout); // Who says it twice counts once.
        }

        var approval = new Approval(asked.By.Name, asked.Reason, rollout.ConsistHash, now) { For = other };
        var approved = rollout with
        {
            Approvals = [.. rollout.Approvals.Where(given => given.Actor != asked.By.Name), approval],
        };
        var missing = Missing(approved, now);
        if (missing > 0 || isAhead)
        {
            return RolloutRequests.Noted(
                Keep(approved),
                asked.By.Name,
                isAhead ? "rollout.approved-ahead" : "rollout.approved",
                missing > 0 ? More(TextOf(approval), missing) : TextOf(approval)
            );
        }

        // What must come first may have changed while it waited: it is looked at again before anything runs.
        var next = rollout.Phase is RolloutPhase.AwaitingApproval(ApprovalPoint.Stage, _)
            ? Move(Completed(approved), new RolloutPhase.Planned())
            : RolloutProgress.AfterSteps(approved, now);
        return RolloutRequests.Noted(next, asked.By.Name, "rollout.approved", TextOf(approval));
    }

    internal static Transition Reject(Rollout rollout, RolloutEvent.Rejected asked, DateTimeOffset now)
    {
        if (rollout.Phase is not RolloutPhase.AwaitingApproval)
        {
            return RolloutRequests.NotNow(rollout, "reject", "It waits for no approval.");
        }

        var name = ApprovalRights.NameOf(rollout.Stage, asked.By);
        return ApprovalRights.MayNot(rollout.Stage, asked.By)
            ?? (Transition)RolloutRequests.Stop(rollout, asked.By.Name, $"rejected by {name}: {asked.Reason}", now);
    }

    internal static Transition Revoke(Rollout rollout, RolloutEvent.Revoked asked, DateTimeOffset now)
    {
        // Whose right it was may take it back as well.
        var left = rollout.Approvals.RemoveAll(given => given.Actor == asked.Actor || given.For == asked.Actor);
        if (left.Length == rollout.Approvals.Length)
        {
            return RolloutRequests.NotNow(rollout, "revoke an approval of", $"{asked.Actor} has given none.");
        }

        var isBeforePromotion = RolloutWebhooks.HeldBefore(rollout) is ApprovalPoint.Promotion;
        if (!IsWaiting(rollout) && !isBeforePromotion && rollout.Phase is not RolloutPhase.AwaitingApproval)
        {
            return RolloutRequests.NotNow(rollout, "revoke an approval of", "It has begun already; abort it instead.");
        }

        RolloutPhase phase = rollout.Phase switch
        {
            RolloutPhase.AwaitingApproval => rollout.Phase,
            _ when isBeforePromotion => new RolloutPhase.AwaitingApproval(ApprovalPoint.Promotion, now),
            RolloutPhase.Paused paused => paused with { Resume = new RolloutPhase.Planned() },
            RolloutPhase.Halted halted => halted with { Resume = new RolloutPhase.Planned() },
            _ => new RolloutPhase.Planned(),
        };
        return RolloutRequests.Noted(
            Move(rollout with { Approvals = left, Approval = null }, phase),
            asked.Actor,
            "rollout.approval-revoked",
            asked.Reason
        );
    }

    /// <summary>Nobody needs to approve any more, and no webhook to open.</summary>
    internal static Transition Waive(Rollout rollout, RolloutEvent.GlassBroken broken, DateTimeOffset now)
    {
        var free = rollout with
        {
            Stage = rollout.Stage with { Approval = null, Webhooks = [] },
            Phase = Waived(rollout.Phase, now),
        };
        return RolloutRequests.Noted(Keep(free), broken.Actor, "rollout.approval-waived", broken.Reason);
    }

    private static RolloutPhase Waived(RolloutPhase phase, DateTimeOffset now) =>
        phase switch
        {
            RolloutPhase.AwaitingApproval(ApprovalPoint.Stage, _) => new RolloutPhase.Planned(),
            RolloutPhase.AwaitingWebhooks(ApprovalPoint.Stage) => new RolloutPhase.Planned(),
            RolloutPhase.Held(RolloutPhase.AwaitingWebhooks webhooks, _) => Waived(webhooks, now),
            RolloutPhase.AwaitingApproval or RolloutPhase.AwaitingWebhooks => new RolloutPhase.Promoting(Ready: 0, now),
            RolloutPhase.Paused paused => paused with { Resume = Waived(paused.Resume, now) },
            RolloutPhase.Halted halted => halted with { Resume = Waived(halted.Resume, now) },
            _ => phase,
        };

    /// <summary>Whoever waits for a person has a deadline, so that nothing waits for ever. Null if it is not over.</summary>
    internal static Transition.Done? GiveUp(Rollout rollout, DateTimeOffset now)
    {
        var (since, most, what) = rollout.Phase switch
        {
            RolloutPhase.AwaitingApproval(_, var start) => (
                start,
                rollout.Stage.Approval?.ExpiresAfter ?? rollout.Stage.HoldAtMost,
                "nobody approved it"
            ),
            RolloutPhase.Held => (rollout.PhaseSince, rollout.Stage.HoldAtMost, "it was held"),
            RolloutPhase.Paused => (rollout.PhaseSince, rollout.Stage.HoldAtMost, "it was paused"),
            RolloutPhase.Halted => (rollout.PhaseSince, rollout.Stage.HoldAtMost, "it was halted"),
            _ => ((DateTimeOffset?)null, TimeSpan.Zero, ""),
        };
        return now - since >= most
            ? RolloutRequests.Stop(
                rollout,
                RolloutProgress.Conductor,
                string.Create(CultureInfo.InvariantCulture, $"{what} for {most.TotalHours:0.##} h"),
                now
            )
            : null;
    }

    private static IEnumerable<Approval> Valid(Rollout rollout, DateTimeOffset now) =>
        rollout
            .Approvals.Where(given => IsValid(given, rollout, now))
            .DistinctBy(given => given.Actor, StringComparer.Ordinal);

    private static bool IsValid(Approval given, Rollout rollout, DateTimeOffset now) =>
        given.ConsistHash == rollout.ConsistHash
        && (rollout.Stage.Approval is not { } gate || now - given.At < gate.ExpiresAfter);

    /// <summary>For the journal.</summary>
    internal static string TextOf(Approval given) =>
        given.For is { } other ? $"for {other}: {given.Reason}" : given.Reason;

    private static string More(string reason, int missing) =>
        string.Create(CultureInfo.InvariantCulture, $"{reason} ({missing} more needed)");
}
