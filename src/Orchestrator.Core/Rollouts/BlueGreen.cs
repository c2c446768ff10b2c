using System.Globalization;
using Orchestrator.Core.Catalog;
using static Orchestrator.Core.Rollouts.RolloutMachine;
using static Orchestrator.Core.Rollouts.RolloutPatience;
using static Orchestrator.Core.Rollouts.RolloutProgress;

namespace Orchestrator.Core.Rollouts;

/// <summary>
/// A whole new set beside the old one, first without traffic, then with all of it; the old one stays up for a while, so that
/// going back is a switch, too.
/// </summary>
public static class BlueGreen
{
    /// <summary>Null for other strategies, and for a first version, which has nothing to stand beside.</summary>
    internal static Exchange.BlueGreen? Of(Rollout rollout) =>
        rollout.From is null ? null : rollout.Stage.Strategy.Exchange as Exchange.BlueGreen;

    /// <summary>Whether the new version is there for testers alone, without a share of the traffic.</summary>
    public static bool IsPreviewed(Rollout rollout) =>
        Of(rollout) is not null
        && Underlying(rollout.Phase)
            is RolloutPhase.Previewing
                or RolloutPhase.AwaitingApproval { Before: ApprovalPoint.Promotion }
                or RolloutPhase.AwaitingWebhooks { Before: ApprovalPoint.Promotion }
                or RolloutPhase.Promoting;

    internal static Transition.Done Begin(Rollout rollout, DateTimeOffset now) =>
        Move(
            rollout with
            {
                Evidence = null,
                UnreadySince = null,
            },
            new RolloutPhase.Previewing(now, UpSince: null),
            new RolloutEffect.Record(
                Conductor,
                "rollout.previewing",
                Text($"{rollout.Stage.Count} instances of {rollout.To} beside {rollout.From}, without traffic")
            )
        );

    internal static Transition.Done Preview(
        Rollout rollout,
        RolloutPhase.Previewing previewing,
        Exchange.BlueGreen strategy,
        StageFleet fleet,
        DateTimeOffset now
    )
    {
        if (!IsUp(rollout, fleet))
        {
            // Whoever was up and is not any more has the time of one that starts.
            var since = previewing.UpSince is null ? previewing.Since : now;
            return now - since >= Patience(rollout)
                ? StartRollback(rollout, Conductor, NotReady(rollout, fleet.New), now)
                : Grow(rollout with { Phase = new RolloutPhase.Previewing(since, UpSince: null) }, fleet);
        }

        if (previewing.UpSince is not { } up)
        {
            return Move(rollout, previewing with { UpSince = now });
        }

        return now - up >= strategy.Bake ? AfterSteps(rollout, now) : Keep(rollout);
    }

    /// <summary>All of the traffic at once, as soon as all of the new version's instances are there to take it.</summary>
    internal static Transition.Done Switch(
        Rollout rollout,
        RolloutPhase.Promoting promoting,
        Exchange.BlueGreen strategy,
        StageFleet fleet,
        DateTimeOffset now
    )
    {
        if (IsUp(rollout, fleet))
        {
            return Move(
                rollout with
                {
                    UnreadySince = null,
                },
                new RolloutPhase.Switched(now, now + strategy.KeepOld),
                new RolloutEffect.ShiftTraffic(WholeTraffic),
                new RolloutEffect.Record(
                    Conductor,
                    "rollout.switched",
                    Text(
                        $"all of the traffic to {rollout.To}; {rollout.From} is kept for {strategy.KeepOld.TotalSeconds} s"
                    )
                )
            );
        }

        return now - promoting.Since >= Patience(rollout)
            ? StartRollback(rollout, Conductor, NotReady(rollout, fleet.New), now)
            : Grow(rollout, fleet);
    }

    /// <summary>While the old version is kept, and while it drains after that.</summary>
    internal static Transition.Done KeepOld(
        Rollout rollout,
        RolloutPhase.Switched switched,
        StageFleet fleet,
        DateTimeOffset now
    )
    {
        var count = rollout.Stage.Count;
        var watched = Watch(rollout, count, fleet, now);
        if (IsUnreadyTooLong(watched, now))
        {
            return StartRollback(watched, Conductor, NotReady(watched, fleet.New), now);
        }

        if (now < switched.KeptUntil)
        {
            return Grow(watched, fleet);
        }

        return fleet.New.Ready >= count && fleet.New.Target == count && fleet.Old is { Target: 0, Running: 0 }
            ? RolloutPromotion.Succeed(watched, now)
            : new Transition.Done(watched, [Pacing.Next(rollout.Stage, fleet, oldGoal: 0, newGoal: count)]);
    }

    /// <summary>The old version goes now; going back takes new instances from then on.</summary>
    internal static Transition.Done Release(
        Rollout rollout,
        RolloutPhase.Switched switched,
        string actor,
        string reason,
        DateTimeOffset now
    ) =>
        Move(
            rollout,
            switched with
            {
                KeptUntil = now < switched.KeptUntil ? now : switched.KeptUntil,
            },
            new RolloutEffect.Record(actor, "rollout.old-released", reason)
        );

    private static bool IsUp(Rollout rollout, StageFleet fleet) =>
        fleet.New.Healthy >= rollout.Stage.Count && fleet.New.Target == rollout.Stage.Count;

    private static Transition.Done Grow(Rollout rollout, StageFleet fleet) =>
        new(rollout, [Pacing.Next(rollout.Stage, fleet, rollout.Stage.Count, rollout.Stage.Count)]);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
