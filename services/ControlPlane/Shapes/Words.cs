using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using Host = Orchestrator.Core.Fleet.Host;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Phases as people read them: the word, and why.</summary>
internal static class Words
{
    public static (string Phase, string Reason) Of(TrainPhase phase) =>
        phase switch
        {
            TrainPhase.ArrivedPartial(var stage, var reason) => (
                nameof(TrainPhase.ArrivedPartial),
                $"{stage}: {reason}"
            ),
            TrainPhase.Recalled(var reason) => (nameof(TrainPhase.Recalled), reason),
            TrainPhase.Cancelled(var reason) => (nameof(TrainPhase.Cancelled), reason),
            TrainPhase.Missed(var reason) => (nameof(TrainPhase.Missed), reason),
            TrainPhase.Recalling(var actor, var reason, _) => (nameof(TrainPhase.Recalling), $"by {actor}: {reason}"),
            _ => (phase.GetType().Name, ""),
        };

    public static (string Phase, string Reason) Of(RolloutPhase phase) =>
        phase switch
        {
            RolloutPhase.AwaitingApproval(var before, _) => (
                nameof(RolloutPhase.AwaitingApproval),
                $"a person must approve before {(before == Core.Catalog.ApprovalPoint.Stage ? "anything runs" : "promotion")}"
            ),
            RolloutPhase.AwaitingWebhooks => (nameof(RolloutPhase.AwaitingWebhooks), "webhooks have not answered yet"),
            RolloutPhase.Passed => (nameof(RolloutPhase.Passed), "a person lets it go on"),
            RolloutPhase.Paused(_, var actor, var reason) => (nameof(RolloutPhase.Paused), $"by {actor}: {reason}"),
            RolloutPhase.Held(_, var reason) => (nameof(RolloutPhase.Held), reason),
            RolloutPhase.Halted(_, var reason) => (nameof(RolloutPhase.Halted), reason),
            RolloutPhase.Withdrawing(_, var reason, _) => (nameof(RolloutPhase.Withdrawing), reason),
            RolloutPhase.RollingBack(var reason, _) => (nameof(RolloutPhase.RollingBack), reason),
            RolloutPhase.RolledBack(var reason) => (nameof(RolloutPhase.RolledBack), reason),
            RolloutPhase.RollbackFailed(var reason) => (nameof(RolloutPhase.RollbackFailed), reason),
            RolloutPhase.Cancelled(var reason) => (nameof(RolloutPhase.Cancelled), reason),
            RolloutPhase.Superseded(var reason) => (nameof(RolloutPhase.Superseded), reason),
            _ => (phase.GetType().Name, ""),
        };

    /// <summary>What we want of it where that is not to serve, else what its agent sees.</summary>
    public static string Of(Instance instance) =>
        (instance.Phase, instance.Observed.State) switch
        {
            (InstancePhase.Active, ObservedState.Unknown) => "Placed",
            (InstancePhase.Active, var state) => state.ToString(),
            (var phase, _) => phase.GetType().Name,
        };

    public static string Of(Host host) => host.State.ToString();
}
