using Orchestrator.Core.Catalog;
using static Orchestrator.Core.Rollouts.RolloutMachine;
using static Orchestrator.Core.Rollouts.RolloutPatience;
using static Orchestrator.Core.Rollouts.RolloutProgress;

namespace Orchestrator.Core.Rollouts;

/// <summary>All instances of the old version are exchanged for new ones, and traffic follows.</summary>
internal static class RolloutPromotion
{
    public static Transition.Done Start(Rollout rollout, DateTimeOffset now)
    {
        var promoting = new RolloutPhase.Promoting(Ready: 0, now);
        return Move(
            rollout with
            {
                Evidence = rollout.Evidence?.WithoutEnd(),
            },
            promoting,
            new RolloutEffect.Record(
                Conductor,
                "rollout.promoting",
                $"{rollout.To} at {rollout.Stage.Name}{RolloutWaves.Named(rollout, promoting)}"
            )
        );
    }

    public static Transition.Done Promote(
        Rollout rollout,
        RolloutPhase.Promoting promoting,
        StageFleet fleet,
        DateTimeOffset now
    )
    {
        if (fleet.Batch is { } batch)
        {
            return BatchPromotion.Promote(rollout, batch, now);
        }

        if (BlueGreen.Of(rollout) is { } strategy)
        {
            return BlueGreen.Switch(rollout, promoting, strategy, fleet, now);
        }

        var goal = RolloutWaves.GoalOf(rollout, promoting.Wave);
        var oldGoal = RolloutWaves.OldGoalOf(rollout, promoting.Wave);
        if (IsDone(fleet, oldGoal, goal))
        {
            return RolloutWaves.IsLast(rollout, promoting)
                ? Succeed(rollout, now)
                : RolloutWaves.Soak(rollout, promoting, now);
        }

        // The deadline is per instance: each one that becomes healthy starts it anew.
        var hasProgressed = fleet.New.Healthy > promoting.Ready;
        if (!hasProgressed && IsStuck(rollout, promoting, goal, fleet, now))
        {
            return StartRollback(rollout, Conductor, NotReady(rollout, fleet.New), now);
        }

        var moved = hasProgressed
            ? rollout with
            {
                Phase = promoting with { Ready = fleet.New.Healthy, Since = now },
            }
            : rollout;
        return new Transition.Done(
            moved,
            [
                Pacing.Next(rollout.Stage, fleet, oldGoal, goal),
                new RolloutEffect.ShiftTraffic(PromotedPercent(rollout, fleet)),
            ]
        );
    }

    public static Transition.Done Succeed(Rollout rollout, DateTimeOffset now) =>
        Move(
            rollout with
            {
                EndedAt = now,
                SucceededAt = now,
            },
            new RolloutPhase.Succeeded(),
            new RolloutEffect.ShiftTraffic(WholeTraffic),
            new RolloutEffect.MakeCurrent(),
            new RolloutEffect.Record(Conductor, "rollout.succeeded", $"{rollout.To} at {rollout.Stage.Name}")
        );

    private static bool IsDone(StageFleet fleet, int oldGoal, int newGoal) =>
        fleet.New.Healthy >= newGoal
        && fleet.New.Target == newGoal
        && fleet.Old.Target == oldGoal
        && fleet.Old.Running <= oldGoal;

    private static bool IsStuck(
        Rollout rollout,
        RolloutPhase.Promoting promoting,
        int goal,
        StageFleet fleet,
        DateTimeOffset now
    ) => fleet.New.Healthy < goal && now - promoting.Since >= Patience(rollout);

    /// <summary>By ready instances, never less than the canary had.</summary>
    private static decimal PromotedPercent(Rollout rollout, StageFleet fleet)
    {
        var ready = fleet.New.Ready + fleet.Old.Ready;
        var byInstances = ready == 0 ? 0 : CanaryShares.PartOf(fleet.New.Ready, ready);
        var canary = rollout.From is null ? WholeTraffic : StepOf(rollout)?.WeightPercent ?? 0;
        return Math.Max(canary, byInstances);
    }
}
