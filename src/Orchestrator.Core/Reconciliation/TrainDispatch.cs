using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Trains: made by the timetable, sealed at the cut-off, sent off on time, led from stage to stage.</summary>
internal static class TrainDispatch
{
    public static void Time(CellDraft draft, CellInput.LineTimed timed, DateTimeOffset now)
    {
        if (!draft.Lines.TryGet(timed.Line, out var line) || timed.NextDeparture <= now)
        {
            return;
        }

        // This news comes at the very moment of a departure: who is there then must not be told to wait for the next.
        if (BoardingTrain(draft, line.Service) is { } due && now >= Boarding.CutOff(line, due))
        {
            Seal(draft, line, due, now);
        }

        var boarding = BoardingTrain(draft, line.Service);
        if (boarding is null && IsSlotTaken(draft, line.Service, timed.NextDeparture))
        {
            return; // The train of that slot is sealed already, and a departure happens once per slot.
        }

        if (boarding is null)
        {
            draft.Put(
                new Train
                {
                    Id = TrainId.Of(line.Service, draft.LastTrainOf(line.Service) + 1),
                    DepartsAt = timed.NextDeparture,
                    Phase = new TrainPhase.Boarding(),
                    Consist = null,
                    EndedAt = null,
                }
            );
        }
        else if (boarding.DepartsAt != timed.NextDeparture)
        {
            // Its time passed with nobody aboard, or the timetable changed: the same train takes the next slot.
            draft.Put(boarding with { DepartsAt = timed.NextDeparture });
        }
    }

    public static CellAnswer Cancel(CellDraft draft, string actor, TrainId id, string reason, DateTimeOffset now)
    {
        if (!draft.Trains.TryGet(TrainKey.Of(id), out var train))
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "train_unknown",
                $"There is no train {id}.",
                $"See the line's trains: orc trains {id.Line}"
            );
        }

        if (train.Phase is not (TrainPhase.Boarding or TrainPhase.Sealed))
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_phase",
                $"{id} is {train.Phase.GetType().Name} and cannot be cancelled.",
                $"Stop its rollout instead: orc abort {id}"
            );
        }

        End(draft, train, new TrainPhase.Cancelled($"by {actor}: {reason}"), actor, reason, now);
        return new CellAnswer.Accepted(id.Value, $"{id} is cancelled.");
    }

    public static void Advance(CellDraft draft, DateTimeOffset now)
    {
        foreach (var key in draft.OpenTrains.ToList())
        {
            var line = draft.Lines[key.Line];
            if (draft.Trains[key] is { Phase: TrainPhase.Boarding } boarding && now >= Boarding.CutOff(line, boarding))
            {
                Seal(draft, line, boarding, now);
            }

            if (draft.Trains[key] is { Phase: TrainPhase.Sealed } @sealed && now >= @sealed.DepartsAt)
            {
                Depart(draft, line, @sealed, now);
            }

            if (draft.Trains[key] is { Phase: TrainPhase.Departed departed, Consist: { } consist } train)
            {
                Lead(draft, line, train, departed, consist, now);
            }
        }
    }

    internal static Train? BoardingTrain(CellDraft draft, ServiceName line) =>
        draft
            .OpenTrains.GetViewBetween(new TrainKey(line, 0), new TrainKey(line, long.MaxValue))
            .Select(key => draft.Trains[key])
            .FirstOrDefault(train => train.Phase is TrainPhase.Boarding);

    /// <summary>Which of the versions would board; null if none may.</summary>
    internal static ServiceVersion? ChooseFrom(
        IEnumerable<ServiceVersion> versions,
        CellDraft draft,
        Line line,
        Train train
    )
    {
        var carried = draft
            .TrainsOf(line.Service)
            .Where(other => other.Phase is not (TrainPhase.Missed or TrainPhase.Cancelled))
            .SelectMany(other => other.Consist?.Cars.Select(car => car.Version) ?? [])
            .ToHashSet();
        var current = draft.Deployments.Find(new DeploymentKey(line.Service, line.Route[^1].Name))?.Current;
        var kind = draft.Services[line.Service].Template.Kind;
        var fitting = versions.Where(version => KindChecks.IsSame(version.Template.Kind, kind));
        return Boarding.Choose(line, train, fitting, current, carried);
    }

    private static bool IsSlotTaken(CellDraft draft, ServiceName line, DateTimeOffset slot) =>
        draft
            .OpenTrains.GetViewBetween(new TrainKey(line, 0), new TrainKey(line, long.MaxValue))
            .Any(key => draft.Trains[key].DepartsAt == slot);

    private static void Seal(CellDraft draft, Line line, Train train, DateTimeOffset now)
    {
        var isLineBusy =
            draft
                .OpenTrains.GetViewBetween(
                    new TrainKey(line.Service, 0),
                    new TrainKey(line.Service, train.Id.Number - 1)
                )
                .Count > 0;
        if (isLineBusy)
        {
            return; // The one before is still under way: what would board waits for a later slot.
        }

        if (ChooseFrom(draft.VersionsOf(line.Service), draft, line, train) is not { } chosen)
        {
            return; // Nobody came; the next slot gets this train.
        }

        var consist = Boarding.Seal(train.Id, chosen, now);
        draft.Record(now, CellMachine.Conductor, "train.sealed", train.Id.Value, $"{chosen.Number}, {consist.Hash}");
        var @sealed = train with { Phase = new TrainPhase.Sealed(), Consist = consist };
        SurgeReservation.Begin(draft, line, @sealed, now);
    }

    private static void Depart(CellDraft draft, Line line, Train train, DateTimeOffset now)
    {
        var late = now - train.DepartsAt;
        var ready = SurgeReservation.Renew(draft, train, now);
        if (late > draft.Settings.DepartLateWithin)
        {
            var reason = $"its time was {train.DepartsAt:u}, {late:c} ago";
            var shortage = ready.Shortage.Length == 0 ? "" : $"; {ready.Shortage}";
            End(draft, ready, new TrainPhase.Missed(reason + shortage), CellMachine.Conductor, reason + shortage, now);
            return;
        }

        if (ready.Shortage.Length > 0)
        {
            SurgeReservation.Preempt(draft, ready, now);
            return;
        }

        draft.Put(ready with { Phase = new TrainPhase.Departed(StageIndex: 0, now) });
        draft.Record(
            now,
            CellMachine.Conductor,
            "train.departed",
            train.Id.Value,
            $"towards {string.Join(", ", line.Route.Select(stage => stage.Name))}"
        );
    }

    private static void Lead(
        CellDraft draft,
        Line line,
        Train train,
        TrainPhase.Departed departed,
        Consist consist,
        DateTimeOffset now
    )
    {
        var stage = line.Route[Math.Min(departed.StageIndex, line.Route.Length - 1)];
        if (!draft.Rollouts.TryGet(RolloutId.Of(train.Id, stage.Name), out var rollout))
        {
            RolloutConduct.Plan(draft, train, stage, consist, now);
            return;
        }

        switch (rollout.Phase)
        {
            case RolloutPhase.Succeeded when now - rollout.EndedAt < rollout.Stage.Soak:
                break;
            case RolloutPhase.Succeeded when departed.StageIndex + 1 < line.Route.Length:
                GoOn(draft, train, stage, departed.StageIndex + 1, line, now);
                break;
            case RolloutPhase.Succeeded:
                End(draft, train, new TrainPhase.Arrived(), CellMachine.Conductor, "all stages succeeded", now);
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
        }
    }

    private static void GoOn(CellDraft draft, Train train, Stage left, int next, Line line, DateTimeOffset now)
    {
        draft.Put(SurgeReservation.Leave(train, left.Name) with { Phase = new TrainPhase.Departed(next, now) });
        var reason = $"from {left.Name} to {line.Route[next].Name}";
        draft.Record(now, CellMachine.Conductor, "train.went-on", train.Id.Value, reason);
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

    private static void End(
        CellDraft draft,
        Train train,
        TrainPhase phase,
        string actor,
        string reason,
        DateTimeOffset now
    )
    {
        draft.Put(train with { Phase = phase, EndedAt = now, Reservations = [], Shortage = "" });
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
    }
}
