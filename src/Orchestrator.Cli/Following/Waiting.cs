using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Questions about a rollout that decide what a command does.</summary>
internal static class Waiting
{
    private const string Paused = "Paused";
    private const string Held = "Held";

    public static bool IsPaused(RolloutView rollout) => rollout.Phase == Paused;

    /// <summary>It can be resumed. One that is held only until another is through goes on by itself: there is but to watch it.</summary>
    public static bool IsStopped(RolloutView rollout) =>
        IsPaused(rollout) || (rollout.Phase == Held && rollout.Next != WatchCommand(rollout));

    /// <summary>It goes on only when somebody decides: approves, resumes, or rolls back.</summary>
    public static bool IsForPerson(RolloutView rollout) =>
        !rollout.IsFinished && (rollout.IsWaitingForApproval || IsStopped(rollout));

    public static string WatchCommand(RolloutView rollout) => $"orc rollout watch {rollout.Id}";

    /// <summary>What leads on for somebody who watches already; empty when that is all there is to do.</summary>
    public static string NextOf(RolloutView rollout) => rollout.Next == WatchCommand(rollout) ? "" : rollout.Next;
}
