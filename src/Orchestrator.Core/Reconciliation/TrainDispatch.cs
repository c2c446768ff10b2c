using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Trains until they leave: made by the timetable, sealed at the cut-off, sent off on time.</summary>
internal static class TrainDispatch
{
    public static void Time(CellDraft draft, CellInput.LineTimed timed, DateTimeOffset now)
    {
        if (!draft.Lines.TryGet(timed.Line, out var line) || timed.NextDeparture <= now)
        {
            return;
        }

        // This news comes at the very moment of a departure: who is there then must not be told to wait for the next.
        if (BoardingTrain(draft, line.Name) is { } due && now >= Boarding.CutOff(line, due))
        {
            Seal(draft, line, due, now);
        }

        var boarding = BoardingTrain(draft, line.Name);
        if (boarding is null && IsSlotTaken(draft, line.Name, timed.NextDeparture))
        {
            return; // The train of that slot is sealed already, and a departure happens once per slot.
        }

        if (boarding is null)
        {
            draft.Put(
                new Train
                {
                    Id = TrainId.Of(line.Name, draft.LastTrainOf(line.Name) + 1),
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

    public static void Advance(CellDraft draft, DateTimeOffset now)
    {
        foreach (var key in draft.OpenTrains.ToList())
        {
            TrainJourney.Lead(draft, SentOff(draft, key, now), now);
        }
    }

    /// <summary>The train, sealed and departed if it is time.</summary>
    private static Train SentOff(CellDraft draft, TrainKey key, DateTimeOffset now)
    {
        var train = draft.Trains[key];
        if (train.Phase is not (TrainPhase.Boarding or TrainPhase.Sealed))
        {
            return train;
        }

        var line = draft.Lines[key.Line];
        if (train.Phase is TrainPhase.Boarding && now >= Boarding.CutOff(line, train))
        {
            Seal(draft, line, train, now);
            train = draft.Trains[key];
        }

        if (train.Phase is TrainPhase.Sealed && now >= train.DepartsAt)
        {
            Depart(draft, line, train, now);
            train = draft.Trains[key];
        }

        return train;
    }

    internal static Train? BoardingTrain(CellDraft draft, LineName line) =>
        draft.OpenTrainsOf(line).FirstOrDefault(train => train.Phase is TrainPhase.Boarding);

    /// <summary>Stores a train with what it carries, which nothing changes any more.</summary>
    internal static void Seal(CellDraft draft, Train train, ImmutableArray<ServiceVersion> versions, DateTimeOffset now)
    {
        var consist = Boarding.Seal(train.Id, versions, now);
        var carried =
            versions.Length == 1
                ? $"{versions[0].Number}"
                : string.Join(", ", versions.Select(version => $"{version.Service} {version.Number}"));
        draft.Record(now, CellMachine.Conductor, "train.sealed", train.Id.Value, $"{carried}, {consist.Hash}");
        SurgeReservation.Begin(draft, train with { Phase = new TrainPhase.Sealed(), Consist = consist });
        Prefetching.Begin(draft, draft.Trains[TrainKey.Of(train.Id)], now);
    }

    private static bool IsSlotTaken(CellDraft draft, LineName line, DateTimeOffset slot) =>
        draft.OpenTrainsOf(line).Any(train => train.DepartsAt == slot);

    private static void Seal(CellDraft draft, Line line, Train train, DateTimeOffset now)
    {
        var isWayBlocked = line
            .Services.SelectMany(draft.OpenTrainsWith)
            .Any(other => other.Id != train.Id && BlocksTheWay(draft, line, other));
        var isClosed = Windows.Closing(draft, train, line.Route[0], train.DepartsAt) is not null;
        if (isWayBlocked || isClosed)
        {
            return; // What would board waits for a later slot.
        }

        var sight = BoardingSight.Of(draft, line, train);
        if (sight.Versions.IsEmpty || sight.Lacking.Length > 0)
        {
            Wait(draft, train, sight.Lacking, now);
        }
        else
        {
            Seal(draft, train with { Route = line.Route, Shortage = "" }, sight.Versions, now);
        }
    }

    /// <summary>Somebody may still come until its slot is over; then the next slot gets this train.</summary>
    private static void Wait(CellDraft draft, Train train, string lacking, DateTimeOffset now)
    {
        if (train.Shortage != lacking)
        {
            draft.Put(train with { Shortage = lacking });
            if (lacking.Length > 0)
            {
                draft.Record(now, CellMachine.Conductor, "train.not-sealed", train.Id.Value, lacking);
            }
        }
    }

    /// <summary>It has still to leave, or something of it runs at the first stage: another would only queue behind it.</summary>
    private static bool BlocksTheWay(CellDraft draft, Line line, Train train)
    {
        var (route, first) = (draft.RouteOf(train), line.Route[0].Name);
        return train.Phase switch
        {
            TrainPhase.Sealed or TrainPhase.Recalling => train.Id.Line == line.Name || route[0].Name == first,
            TrainPhase.Departed => route[TrainJourney.IndexOf(draft, train)].Name == first
                && StageAccess.HasBegun(draft, train, first),
            _ => false,
        };
    }

    private static void Depart(CellDraft draft, Line line, Train train, DateTimeOffset now)
    {
        var late = now - train.DepartsAt;
        var ready = SurgeReservation.Renew(draft, train);
        var isTooLate = late > draft.Settings.DepartLateWithin && line.Timetable.Missed is not MissedDeparture.CatchUp;
        var closure = Windows.Closing(draft, train, draft.RouteOf(train)[0], now);
        if (isTooLate)
        {
            var reason = $"its time was {train.DepartsAt:u}, {late:c} ago";
            var shortage = string.Concat(
                new[] { closure?.Text ?? "", ready.Shortage }.Where(why => why.Length > 0).Select(why => $"; {why}")
            );
            TrainJourney.End(
                draft,
                ready,
                new TrainPhase.Missed(reason + shortage),
                CellMachine.Conductor,
                reason + shortage,
                now
            );
            return;
        }

        if (closure is not null)
        {
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
            $"towards {string.Join(", ", draft.RouteOf(train).Select(stage => stage.Name))}"
        );
    }
}
