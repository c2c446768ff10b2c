using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Trains under way: led from stage to stage to their end.</summary>
internal static class TrainJourney
{
    public static void Lead(CellDraft draft, Train train, DateTimeOffset now)
    {
        if (train is { Phase: TrainPhase.Departed departed, Consist: not null })
        {
            Lead(draft, train, departed, now);
        }
        else if (train.Phase is TrainPhase.Recalling recalling)
        {
            Recall(draft, train, recalling, now);
        }
    }

    /// <summary>The stage that a departed train is at, or on its way to.</summary>
    public static int IndexOf(CellDraft draft, Train train) =>
        train.Phase is TrainPhase.Departed departed
            ? Math.Min(departed.StageIndex, draft.RouteOf(train).Length - 1)
            : 0;

    public static void End(
        CellDraft draft,
        Train train,
        TrainPhase phase,
        string actor,
        string reason,
        DateTimeOffset now
    )
    {
        draft.Put(train with { Phase = phase, EndedAt = now, Reservations = [], Prefetch = [], Shortage = "" });
        var word = phase switch
        {
            TrainPhase.Arrived => "arrived",
            TrainPhase.ArrivedPartial => "arrived-partial",
            TrainPhase.Recalled => "recalled",
            TrainPhase.Cancelled => "cancelled",
            TrainPhase.Missed => "missed",
            _ => throw new ArgumentOutOfRangeException(nameof(phase)),
        };
        draft.Record(now, actor, $"train.{word}", train.Id.Value, reason);
        foreach (var reservation in train.Reservations)
        {
            SurgeReservation.HandOver(draft, train.Id.Line, reservation.Stage, now);
        }
    }

    private static void Lead(CellDraft draft, Train train, TrainPhase.Departed departed, DateTimeOffset now)
    {
        var route = draft.RouteOf(train);
        var stage = route[IndexOf(draft, train)];
        if (!draft.Rollouts.TryGet(RolloutId.Of(train.Id, stage.Name), out var rollout))
        {
            Enter(draft, train, departed, stage, now);
            return;
        }

        switch (rollout.Phase)
        {
            case RolloutPhase.Succeeded when DisplacedBy(draft, rollout) is { } reason:
                EndEarly(draft, train, departed, stage, reason, now);
                break;
            case RolloutPhase.Succeeded when now - rollout.EndedAt < rollout.Stage.Soak || IsContested(draft, rollout):
                break;
            case RolloutPhase.Succeeded:
                GoOn(draft, train, departed, now);
                break;
            case RolloutPhase.RolledBack(var reason):
                EndEarly(draft, train, departed, stage, reason, now);
                break;
            case RolloutPhase.RollbackFailed(var reason):
                EndEarly(draft, train, departed, stage, reason, now);
                break;
            case RolloutPhase.Cancelled(var reason):
                EndEarly(draft, train, departed, stage, reason, now);
                break;
            case RolloutPhase.Superseded(var reason):
                EndEarly(draft, train, departed, stage, reason, now);
                break;
        }
    }

    /// <summary>Why it does not soak any more; null while its version is the one to go back to.</summary>
    private static string? DisplacedBy(CellDraft draft, Rollout rollout) =>
        draft.Deployments.Find(new DeploymentKey(rollout.Service, rollout.Stage.Name))?.Current is { } current
        && current != rollout.To
            ? $"{rollout.Stage.Name} runs {current} since"
            : null;

    /// <summary>Somebody was ordered to its stage while it soaks: whether it goes on shows when that has ended.</summary>
    private static bool IsContested(CellDraft draft, Rollout rollout) =>
        draft.IsRolling(new DeploymentKey(rollout.Service, rollout.Stage.Name));

    private static void Enter(
        CellDraft draft,
        Train train,
        TrainPhase.Departed departed,
        Stage stage,
        DateTimeOffset now
    )
    {
        if (StageAccess.OvertakenBy(draft, train, stage.Name) is { } reason)
        {
            EndEarly(draft, train, departed, stage, reason, now);
        }
        else if (StageAccess.Claim(draft, train, stage.Name, now))
        {
            var car = train.Consist!.Cars[0];
            if (draft.Deployments.Find(new DeploymentKey(car.Service, stage.Name))?.Current == car.Version)
            {
                GoOn(draft, train, departed, now); // It runs there already.
            }
            else
            {
                RolloutConduct.Plan(draft, train, stage, train.Consist, now);
            }
        }
    }

    private static void GoOn(CellDraft draft, Train train, TrainPhase.Departed departed, DateTimeOffset now)
    {
        var (route, next) = (draft.RouteOf(train), departed.StageIndex + 1);
        if (next >= route.Length)
        {
            End(draft, train, new TrainPhase.Arrived(), CellMachine.Conductor, "all stages succeeded", now);
            return;
        }

        var left = route[departed.StageIndex].Name;
        draft.Put(SurgeReservation.Leave(train, left) with { Phase = new TrainPhase.Departed(next, now) });
        var reason = $"from {left} to {route[next].Name}";
        draft.Record(now, CellMachine.Conductor, "train.went-on", train.Id.Value, reason);
        SurgeReservation.HandOver(draft, train.Id.Line, left, now);
    }

    private static void EndEarly(
        CellDraft draft,
        Train train,
        TrainPhase.Departed departed,
        Stage stage,
        string reason,
        DateTimeOffset now
    )
    {
        TrainPhase phase =
            departed.StageIndex == 0
                ? new TrainPhase.Recalled(reason)
                : new TrainPhase.ArrivedPartial(stage.Name, reason);
        End(draft, train, phase, CellMachine.Conductor, reason, now);
    }

    /// <summary>It ends when the last of its rollouts has come to an end.</summary>
    private static void Recall(CellDraft draft, Train train, TrainPhase.Recalling recalling, DateTimeOffset now)
    {
        var isGoingBack = draft.RolloutsOf(train).Any(rollout => !RolloutMachine.IsFinished(rollout));
        if (!isGoingBack)
        {
            var reason = $"by {recalling.Actor}: {recalling.Reason}";
            End(draft, train, new TrainPhase.Recalled(reason), CellMachine.Conductor, reason, now);
        }
    }
}
