using Orchestrator.Core.Catalog;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Keeps room for the surge of a whole train, from its sealing until it leaves each stage, on every host as if it were
/// taken. Who places at the stage itself has that room, and whoever has a higher priority takes it.
/// </summary>
internal static class SurgeReservation
{
    /// <summary>Stores a train that is being sealed, with room at all stages of its route where another version runs.</summary>
    /// <remarks>
    /// One train at a time is at a stage, so one reserves there: the next takes over from who leaves. A way back that a
    /// person ordered waits for no room.
    /// </remarks>
    public static void Begin(CellDraft draft, Train train, DateTimeOffset now)
    {
        var stages = draft
            .RouteOf(train)
            .Where(stage =>
                IsExchanged(draft, stage, train) && TrainOf(draft, new DeploymentKey(train.Id.Line, stage.Name)) is null
            )
            .Select(stage => new StageReservation(stage.Name, []));
        var isWayBack = train.Order?.Purpose is TrainPurpose.Rollback;
        Renew(draft, train with { Reservations = isWayBack ? [] : [.. stages] }, now);
    }

    /// <summary>A train that leaves a stage, or ends, leaves its place there to the next one that goes there.</summary>
    public static void HandOver(CellDraft draft, ServiceName line, StageName stage, DateTimeOffset now)
    {
        if (TrainOf(draft, new DeploymentKey(line, stage)) is not null)
        {
            return;
        }

        var next = draft.OpenTrainsOf(line).FirstOrDefault(train => HasAhead(draft, train, stage));
        if (next is not null)
        {
            Renew(draft, next with { Reservations = next.Reservations.Add(new StageReservation(stage, [])) }, now);
        }
    }

    /// <summary>The stages that it has left are behind it.</summary>
    public static Train Leave(Train train, StageName stage) =>
        train with
        {
            Reservations = train.Reservations.RemoveAll(each => each.Stage == stage),
            Prefetch = train.Prefetch.RemoveAll(each => each.Stage == stage),
        };

    /// <summary>Before anything is placed: what was left since the last decision may be what a train is waiting for.</summary>
    public static void Advance(CellDraft draft, DateTimeOffset now)
    {
        foreach (var key in draft.ReservingTrains.ToList())
        {
            var train = draft.Trains[key];
            var mayDiffer =
                train.Shortage.Length > 0
                || draft.HaveHostsChanged
                || train.Reservations.Any(each =>
                    draft.DirtyDeployments.Contains(new DeploymentKey(key.Line, each.Stage))
                );
            if (mayDiffer)
            {
                Renew(draft, train, now);
            }
        }

        draft.HaveHostsChanged = false;
    }

    /// <summary>Finds room for what is missing, and gives back what is too much. Stores the train if that changes it.</summary>
    public static Train Renew(CellDraft draft, Train train, DateTimeOffset now)
    {
        var rooms = new SurgeRooms(draft, train);
        var renewed = train with { Reservations = rooms.Renew(), Shortage = rooms.Shortage };
        if (IsSame(renewed, draft.Trains.Find(TrainKey.Of(train.Id))))
        {
            return train;
        }

        draft.Put(renewed);
        if (renewed.Shortage != train.Shortage && renewed.Shortage.Length > 0)
        {
            draft.Record(now, CellMachine.Conductor, "train.short-of-room", train.Id.Value, renewed.Shortage);
        }

        return renewed;
    }

    /// <summary>Stops instances of lower priority for what a train that should leave by now has no room for.</summary>
    public static void Preempt(CellDraft draft, Train train, DateTimeOffset now)
    {
        var rooms = new SurgeRooms(draft, train);
        rooms.Renew();
        foreach (var (key, spec, missing) in rooms.Missing)
        {
            new Preempting(draft, key, spec, now).MakeRoom(missing);
        }
    }

    /// <summary>Gives what is kept for the deployment to whoever places there now.</summary>
    public static void Open(CellDraft draft, DeploymentKey key)
    {
        if (TrainOf(draft, key) is { } train)
        {
            draft.Put(
                train with
                {
                    Reservations =
                    [
                        .. train.Reservations.Select(each => each.Stage == key.Stage ? each with { Rooms = [] } : each),
                    ],
                }
            );
        }
    }

    /// <summary>Keeps again what was not needed.</summary>
    public static void Close(CellDraft draft, DeploymentKey key, DateTimeOffset now)
    {
        if (TrainOf(draft, key) is { } train)
        {
            Renew(draft, train, now);
        }
    }

    /// <summary>
    /// Takes the room of a train of strictly lower priority if that is what one more of the spec needs; the lowest first.
    /// </summary>
    public static bool Yield(CellDraft draft, DeploymentKey key, PlacementSpec spec, DateTimeOffset now)
    {
        var priority = Preempting.PriorityOf(draft, key.Service);
        var lower = draft
            .ReservingTrains.Where(train => Preempting.PriorityOf(draft, train.Line) < priority)
            .OrderBy(train => Preempting.PriorityOf(draft, train.Line));
        foreach (var train in lower.Select(each => draft.Trains[each]))
        {
            foreach (var reservation in train.Reservations)
            {
                if (reservation.Rooms.FirstOrDefault(room => Suffices(draft, spec, room)) is { } room)
                {
                    GiveUp(draft, train, reservation, room, $"{key.Service}.{key.Stage}", now);
                    return true;
                }
            }
        }

        return false;
    }

    private static void GiveUp(
        CellDraft draft,
        Train train,
        StageReservation reservation,
        ReservedRoom room,
        string taker,
        DateTimeOffset now
    )
    {
        var shortage = $"{taker}, of higher priority, took its room on {room.Host} for {reservation.Stage}";
        var less = reservation with { Rooms = reservation.Rooms.Remove(room) };
        draft.Put(train with { Reservations = train.Reservations.Replace(reservation, less), Shortage = shortage });
        draft.Record(now, CellMachine.Conductor, "train.short-of-room", train.Id.Value, shortage);
    }

    private static bool Suffices(CellDraft draft, PlacementSpec spec, ReservedRoom room)
    {
        var slot = draft.Fleet.SlotFor(spec, room.Host);
        slot.Try(default(Resources) - room.Room);
        var fits = slot.Points() >= 0;
        slot.Try(room.Room);
        return fits;
    }

    private static bool HasAhead(CellDraft draft, Train train, StageName name)
    {
        var route = draft.RouteOf(train);
        var at = TrainJourney.IndexOf(draft, train);
        return train.Phase is TrainPhase.Sealed or TrainPhase.Departed
            && train.Order?.Purpose is not TrainPurpose.Rollback
            && route.Skip(at).FirstOrDefault(stage => stage.Name == name) is { } stage
            && IsExchanged(draft, stage, train);
    }

    private static bool IsExchanged(CellDraft draft, Stage stage, Train train) =>
        stage.Count > 0
        && draft.Deployments.Find(new DeploymentKey(train.Id.Line, stage.Name))?.Current is { } current
        && train.Consist is { } consist
        && consist.Cars[0].Version != current;

    private static Train? TrainOf(CellDraft draft, DeploymentKey key) =>
        draft
            .ReservingTrains.GetViewBetween(new TrainKey(key.Service, 0), new TrainKey(key.Service, long.MaxValue))
            .Select(each => draft.Trains[each])
            .FirstOrDefault(train => train.Reservations.Any(each => each.Stage == key.Stage));

    private static bool IsSame(Train left, Train? right) =>
        right is not null
        && left.Shortage == right.Shortage
        && left.Phase == right.Phase
        && left.Reservations.Length == right.Reservations.Length
        && left.Reservations.Zip(right.Reservations).All(both => both.First.Rooms.SequenceEqual(both.Second.Rooms));
}
