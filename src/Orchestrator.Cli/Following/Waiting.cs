using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Questions about a rollout that decide what a command does.</summary>
internal static class Waiting
{
    private const string Paused = "Paused";
    private const string Held = "Held";

    public static bool IsPaused(RolloutView rollout) => rollout.Phase == Paused;

    public static bool IsStopped(RolloutView rollout) => rollout.Phase is Paused or Held;

    /// <summary>It goes on only when somebody decides: approves, resumes, or rolls back.</summary>
    public static bool IsForPerson(RolloutView rollout) =>
        !rollout.IsFinished && (rollout.IsWaitingForApproval || IsStopped(rollout));
}
