using static Orchestrator.Core.Rollouts.RolloutMachine;
using static Orchestrator.Core.Rollouts.RolloutPatience;
using static Orchestrator.Core.Rollouts.RolloutProgress;

namespace Orchestrator.Core.Rollouts;

/// <summary>The way back to the old version.</summary>
internal static class RolloutReturn
{
    /// <summary>Traffic first: it goes to the old version as fast as that has instances to take it.</summary>
    public static Transition.Done GoBack(
        Rollout rollout,
        RolloutPhase.RollingBack rollingBack,
        StageFleet fleet,
        DateTimeOffset now
    )
    {
        var goal = rollout.From is null ? 0 : rollout.Stage.Count;
        if (fleet.Old.Ready >= goal && fleet.New is { Target: 0, Running: 0 })
        {
            return Move(
                rollout with
                {
                    EndedAt = now,
                },
                new RolloutPhase.RolledBack(rollingBack.Reason),
                new RolloutEffect.ShiftTraffic(NewPercent: 0),
                new RolloutEffect.Record(Conductor, "rollout.rolled-back", rollingBack.Reason)
            );
        }

        if (now - rollingBack.Since >= rollout.Stage.Strategy.ReadyWithin * 2)
        {
            var reason = $"{rollingBack.Reason}; and going back failed: {NotReady(rollout, fleet.Old)}";
            return Move(
                rollout with
                {
                    EndedAt = now,
                },
                new RolloutPhase.RollbackFailed(reason),
                new RolloutEffect.SetTargets(goal, New: 0),
                new RolloutEffect.ShiftTraffic(NewPercent: 0),
                new RolloutEffect.Record(Conductor, "rollout.rollback-failed", reason)
            );
        }

        return NextStep(rollout, fleet, goal);
    }

    /// <summary>As going back, to start anew; what cannot even be taken out again goes back for good.</summary>
    public static Transition.Done Withdraw(
        Rollout rollout,
        RolloutPhase.Withdrawing withdrawing,
        StageFleet fleet,
        DateTimeOffset now
    )
    {
        if (fleet.Old.Ready >= rollout.Stage.Count && fleet.New is { Target: 0, Running: 0 })
        {
            return Move(
                rollout,
                withdrawing.Then,
                new RolloutEffect.ShiftTraffic(NewPercent: 0),
                new RolloutEffect.Record(Conductor, "rollout.held", withdrawing.Reason)
            );
        }

        return now - withdrawing.Since >= rollout.Stage.Strategy.ReadyWithin * 2
            ? StartRollback(rollout, Conductor, $"could not be withdrawn: {withdrawing.Reason}", now)
            : NextStep(rollout, fleet, rollout.Stage.Count);
    }

    private static Transition.Done NextStep(Rollout rollout, StageFleet fleet, int goal)
    {
        var kept = KeptPercent(goal, fleet);
        return new Transition.Done(
            rollout,
            [new RolloutEffect.ShiftTraffic(kept), Pacing.Next(rollout.Stage, Serving(fleet, kept), goal, newGoal: 0)]
        );
    }

    /// <summary>Where the old version finds no place, instances of the new one without requests leave it theirs.</summary>
    private static StageFleet Serving(StageFleet fleet, int keptPercent) =>
        keptPercent == 0 && fleet.Old.Running < fleet.Old.Target
            ? fleet with
            {
                New = fleet.New with { Ready = 0, Healthy = 0 },
            }
            : fleet;

    /// <summary>Half of the old version's instances can take all of the traffic for a while; fewer take their part.</summary>
    private static int KeptPercent(int goal, StageFleet fleet) =>
        fleet.New.Ready == 0 || fleet.Old.Ready * 2 >= goal ? 0 : WholeTraffic * (goal - fleet.Old.Ready) / goal;
}
