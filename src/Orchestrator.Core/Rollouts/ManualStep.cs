using System.Globalization;

namespace Orchestrator.Core.Rollouts;

/// <summary>A step that a person lets go on, once its verdict has passed.</summary>
internal static class ManualStep
{
    /// <summary>It stays where it is, with its share of the traffic, and is judged on.</summary>
    public static Transition.Done Hold(Rollout rollout, int step)
    {
        var reason = string.Create(
            CultureInfo.InvariantCulture,
            $"step {step + 1} of {rollout.Stage.Strategy.Steps.Length} has passed, and a person lets it go on"
        );
        return RolloutMachine.Move(
            rollout,
            new RolloutPhase.Held(new RolloutPhase.Passed(step), reason),
            new RolloutEffect.Record(RolloutProgress.Conductor, "rollout.held", reason)
        );
    }
}
