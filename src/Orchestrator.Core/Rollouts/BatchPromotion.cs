using static Orchestrator.Core.Rollouts.RolloutMachine;

namespace Orchestrator.Core.Rollouts;

/// <summary>A batch is promoted by running it: there is nobody to exchange and no traffic to shift.</summary>
internal static class BatchPromotion
{
    public static Transition.Done Promote(Rollout rollout, BatchProgress batch, DateTimeOffset now) =>
        batch.Outcome switch
        {
            BatchOutcome.Completed => RolloutPromotion.Succeed(rollout, now),
            BatchOutcome.Failed(var reason) => StartRollback(rollout, RolloutProgress.Conductor, reason, now),
            _ => new Transition.Done(rollout, [new RolloutEffect.SetTargets(Old: 0, batch.Completions)]),
        };
}
