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
        if (rollout.Phase is not RolloutPhase.AwaitingApproval(var before, _))
        {
            return RolloutRequests.NotNow(rollout, "approve", "It waits for no approval.");
        }

        if (Refusal(rollout.Stage, rollout.ConsistHash, rollout.PublishedBy, asked, rollout.Id) is { } refused)
        {
            return refused;
        }

        if (rollout.Approvals.Any(given => given.Actor == asked.By.Name && IsValid(given, rollout, now)))
        {
            return Keep(rollout); // Who says it twice counts once.
        }

        var approval = new Approval(asked.By.Name, asked.Reason, rollout.ConsistHash, now);
        var approved = rollout with
        {
            Approvals = [.. rollout.Approvals.Where(given => given.Actor != asked.By.Name), approval],
        };
        var missing = Missing(approved, now);
        if (missing > 0)
        {
            return RolloutRequests.Noted(
                Keep(approved),
                asked.By.Name,
                "rollout.approved",
                More(asked.Reason, missing)
            );
        }

        // What must come first may have changed while it waited: it is looked at again before anything runs.
        var next =
            before == ApprovalPoint.Stage
                ? Move(Completed(approved), new RolloutPhase.Planned())
                : RolloutProgress.AfterSteps(approved, now);
        return RolloutRequests.Noted(next, asked.By.Name, "rollout.approved", asked.Reason);
    }

    internal static Transition Reject(Rollout rollout, RolloutEvent.Rejected asked, DateTimeOffset now)
    {
        if (rollout.Phase is not RolloutPhase.AwaitingApproval)
        {
            return RolloutRequests.NotNow(rollout, "reject", "It waits for no approval.");
        }

        return MayNot(rollout.Stage, asked.By)
            ?? (Transition)
                RolloutRequests.Stop(rollout, asked.By.Name, $"rejected by {asked.By.Name}: {asked.Reason}", now);
    }

    internal static Transition Revoke(Rollout rollout, RolloutEvent.Revoked asked, DateTimeOffset now)
    {
        var left = rollout.Approvals.RemoveAll(given => given.Actor == asked.Actor);
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

    /// <summary>Why somebody may not approve a consist at a stage; null if they may.</summary>
    internal static Transition.Refused? Refusal(
        Stage stage,
        string consistHash,
        string publisher,
        RolloutEvent.Approved asked,
        RolloutId id
    )
    {
        if (asked.ConsistHash is { } hash && hash != consistHash)
        {
            return new Transition.Refused(
                "consist_changed",
                $"The approval is for {hash}, and {id} carries {consistHash}.",
                $"Look again: orc rollout status {id}"
            );
        }

        if (stage.Approval is { AllowsPublisher: false } && asked.By.Name == publisher)
        {
            return new Transition.Refused(
                "own_version",
                $"{asked.By.Name} published what {id} carries, and the stage's policy wants another person.",
                "Ask somebody else with the role approver of this stage, or set approval.allowPublisher in the line."
            );
        }

        return MayNot(stage, asked.By);
    }

    private static Transition.Refused? MayNot(Stage stage, Approver by)
    {
        var groups = stage.Approval?.Groups ?? [];
        if (groups.IsEmpty)
        {
            return by.IsOfStage
                ? null
                : new Transition.Refused(
                    "role_missing",
                    $"{by.Name} is no approver of {stage.Name}.",
                    $"Ask for a token with --role approver:{stage.Name}"
                );
        }

        return groups.Intersect(by.Groups, StringComparer.Ordinal).Any()
            ? null
            : new Transition.Refused(
                "not_in_group",
                $"{by.Name} is in none of the groups that approve {stage.Name}: {string.Join(", ", groups)}.",
                $"Ask a member, or for a token with --role group:{groups[0]}"
            );
    }

    private static IEnumerable<Approval> Valid(Rollout rollout, DateTimeOffset now) =>
        rollout
            .Approvals.Where(given => IsValid(given, rollout, now))
            .DistinctBy(given => given.Actor, StringComparer.Ordinal);

    private static bool IsValid(Approval given, Rollout rollout, DateTimeOffset now) =>
        given.ConsistHash == rollout.ConsistHash
        && (rollout.Stage.Approval is not { } gate || now - given.At < gate.ExpiresAfter);

    private static string More(string reason, int missing) =>
        string.Create(CultureInfo.InvariantCulture, $"{reason} ({missing} more needed)");
}
