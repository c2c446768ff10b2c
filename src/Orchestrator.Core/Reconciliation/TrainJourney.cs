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
            SurgeReservation.HandOver(draft, SurgeReservation.KeyOf(train, reservation));
        }
    }

    private static void Lead(CellDraft draft, Train train, TrainPhase.Departed departed, DateTimeOffset now)
    {
        var stage = draft.RouteOf(train)[IndexOf(draft, train)];
        if (IsUnderWay(draft, train, stage))
        {
            return;
        }

        var rollouts = draft.RolloutsAt(train, stage.Name);
        if (rollouts.Count == 0)
        {
            Enter(draft, train, departed, stage, now);
        }
        else if (CoupledReturn.WhyBack(train, rollouts) is { } reason)
        {
            if (CoupledReturn.IsBack(draft, train, rollouts, RolloutProgress.Conductor, reason, now))
            {
                EndEarly(draft, train, departed, stage, reason, now);
            }
        }
        else if (rollouts.TrueForAll(rollout => rollout.Phase is RolloutPhase.Succeeded))
        {
            Soak(draft, train, departed, rollouts, now);
        }
    }

    /// <summary>Its only rollout there has not ended, so nothing follows from it yet. Most trains are so most of the time.</summary>
    private static bool IsUnderWay(CellDraft draft, Train train, Stage stage) =>
        train.Cars is [var only]
        && draft.OpenRollouts.FirstAt(new DeploymentKey(only.Service, stage.Name))?.Train == train.Id;

    private static void Soak(
        CellDraft draft,
        Train train,
        TrainPhase.Departed departed,
        List<Rollout> rollouts,
        DateTimeOffset now
    )
    {
        if (
            rollouts.Select(rollout => DisplacedBy(draft, train, rollout)).FirstOrDefault(why => why is not null) is
            { } reason
        )
        {
            EndEarly(draft, train, departed, rollouts[0].Stage, reason, now);
        }
        else if (
            rollouts.TrueForAll(rollout => now - rollout.EndedAt >= rollout.Stage.Soak && !IsContested(draft, rollout))
        )
        {
            GoOn(draft, train, departed, now);
        }
    }

    /// <summary>Why it does not soak any more; null while its version is the one to go back to.</summary>
    private static string? DisplacedBy(CellDraft draft, Train train, Rollout rollout)
    {
        var current = draft.Deployments.Find(new DeploymentKey(rollout.Service, rollout.Stage.Name))?.Current;
        var whose = train.IsCoupled ? $"{rollout.Service} " : "";
        return current is null || current == rollout.To ? null : $"{rollout.Stage.Name} runs {whose}{current} since";
    }

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
            // Some may run there already.
            var cars = train
                .Cars.Where(car =>
                    draft.Deployments.Find(new DeploymentKey(car.Service, stage.Name))?.Current != car.Version
                )
                .ToList();
            if (cars.Count == 0)
            {
                GoOn(draft, train, departed, now);
            }

            foreach (var car in cars)
            {
                RolloutConduct.Plan(draft, train, stage, car, now);
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
        foreach (var car in train.Cars)
        {
            SurgeReservation.HandOver(draft, new DeploymentKey(car.Service, left));
        }
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
        var rollouts = draft
            .RolloutsOf(train)
            .Where(rollout => recalling.Only is null || recalling.Only == rollout.Stage.Name)
            .ToList();
        var why = $"recall of {train.Id}: {recalling.Reason}";
        if (!CoupledReturn.IsBack(draft, train, rollouts, recalling.Actor, why, now))
        {
            return;
        }

        var reason = $"by {recalling.Actor}: {recalling.Reason}";
        TrainPhase phase =
            recalling.Only is { } only && only != draft.RouteOf(train)[0].Name
                ? new TrainPhase.ArrivedPartial(only, $"recalled there {reason}")
                : new TrainPhase.Recalled(reason);
        End(draft, train, phase, CellMachine.Conductor, reason, now);
    }
}
