using System.Collections.Immutable;
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
    public static void Begin(CellDraft draft, Train train)
    {
        var stages =
            from stage in draft.RouteOf(train)
            from car in train.Cars
            let key = new DeploymentKey(car.Service, stage.Name)
            where IsExchanged(draft, stage, car) && TrainOf(draft, key) is null
            select NothingYet(train, key);
        var isWayBack = train.Order?.Purpose is TrainPurpose.Rollback;
        Renew(draft, train with { Reservations = isWayBack ? [] : [.. stages] });
    }

    /// <summary>A train that leaves a stage, or ends, leaves its place there to the next one that goes there.</summary>
    public static void HandOver(CellDraft draft, DeploymentKey key)
    {
        if (TrainOf(draft, key) is not null)
        {
            return;
        }

        var next = draft.OpenTrainsWith(key.Service).FirstOrDefault(train => HasAhead(draft, train, key));
        if (next is not null)
        {
            Renew(draft, next with { Reservations = next.Reservations.Add(NothingYet(next, key)) });
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
    public static void Advance(CellDraft draft)
    {
        foreach (var key in draft.ReservingTrains.ToList())
        {
            var train = draft.Trains[key];
            var mayDiffer =
                train.Shortage.Length > 0
                || draft.HaveHostsChanged
                || train.Reservations.Any(each => draft.DirtyDeployments.Contains(KeyOf(train, each)));
            if (mayDiffer)
            {
                Renew(draft, train);
            }
        }

        draft.HaveHostsChanged = false;
    }

    /// <summary>Finds room for what is missing, and gives back what is too much. Stores the train if that changes it.</summary>
    public static Train Renew(CellDraft draft, Train train)
    {
        var rooms = new SurgeRooms(draft, train);
        var kept = rooms.Renew();
        var stored = draft.Trains.FindStored(TrainKey.Of(train.Id))?.Reservations ?? [];
        var renewed = train with { Reservations = AreSame(kept, stored) ? stored : kept, Shortage = rooms.Shortage };
        if (renewed != draft.Trains.Find(TrainKey.Of(train.Id)))
        {
            draft.Put(renewed);
        }

        return renewed;
    }

    /// <summary>Once all is placed: what a train lacks meanwhile is news to nobody.</summary>
    public static void Tell(CellDraft draft, DateTimeOffset now)
    {
        foreach (var key in draft.ReservingTrains)
        {
            var train = draft.Trains[key];
            if (train.Shortage.Length > 0 && train.Shortage != draft.Trains.FindStored(key)?.Shortage)
            {
                draft.Record(now, CellMachine.Conductor, "train.short-of-room", train.Id.Value, train.Shortage);
            }
        }
    }

    /// <summary>
    /// For what a train that should leave by now has no room for it takes what trains of lower priority keep, and stops
    /// instances of lower priority.
    /// </summary>
    public static void Preempt(CellDraft draft, Train train, DateTimeOffset now)
    {
        var isRoomTaken = false;
        foreach (var (key, spec, missing) in MissingOf(draft, train))
        {
            for (var taken = 0; taken < missing && Yield(draft, key, spec, now); taken++)
            {
                isRoomTaken = true;
            }
        }

        var left = isRoomTaken ? Renew(draft, train) : train;
        foreach (var (key, spec, missing) in MissingOf(draft, left))
        {
            new Preempting(draft, key, spec, now).MakeRoom(missing);
        }
    }

    private static IReadOnlyList<(DeploymentKey Key, PlacementSpec Spec, int Missing)> MissingOf(
        CellDraft draft,
        Train train
    )
    {
        var rooms = new SurgeRooms(draft, train);
        rooms.Renew();
        return rooms.Missing;
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
                        .. train.Reservations.Select(each =>
                            KeyOf(train, each) == key ? each with { Rooms = [] } : each
                        ),
                    ],
                }
            );
        }
    }

    /// <summary>Keeps again what was not needed.</summary>
    public static void Close(CellDraft draft, DeploymentKey key)
    {
        if (TrainOf(draft, key) is { } train)
        {
            Renew(draft, train);
        }
    }

    /// <summary>
    /// Takes the room of a train of strictly lower priority if that is what one more of the spec needs; the lowest first.
    /// </summary>
    public static bool Yield(CellDraft draft, DeploymentKey key, PlacementSpec spec, DateTimeOffset now)
    {
        var priority = Preempting.PriorityOf(draft, key.Service);
        var lower = draft
            .ReservingTrains.Select(each => draft.Trains[each])
            .SelectMany(train => train.Reservations.Select(each => (Train: train, Reservation: each)))
            .Select(each => (each, Priority: Preempting.PriorityOf(draft, each.Train.ServiceOf(each.Reservation))))
            .Where(each => each.Priority < priority)
            .OrderBy(each => each.Priority);
        foreach (var ((train, reservation), _) in lower)
        {
            if (reservation.Rooms.FirstOrDefault(room => Suffices(draft, spec, room)) is { } room)
            {
                GiveUp(draft, train, reservation, room, $"{key.Service}.{key.Stage}", now);
                return true;
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
        draft.Record(now, CellMachine.Conductor, "train.room-taken", train.Id.Value, shortage);
    }

    private static bool Suffices(CellDraft draft, PlacementSpec spec, ReservedRoom room)
    {
        var slot = draft.Fleet.SlotFor(spec, room.Host);
        slot.Try(default(Resources) - room.Room);
        var fits = slot.Points() >= 0;
        slot.Try(room.Room);
        return fits;
    }

    /// <summary>Where a train keeps room, and for whom.</summary>
    public static DeploymentKey KeyOf(Train train, StageReservation reservation) =>
        new(train.ServiceOf(reservation), reservation.Stage);

    private static StageReservation NothingYet(Train train, DeploymentKey key) =>
        new(key.Stage, []) { Coupled = train.RolloutOf(key.Stage, key.Service).Coupled };

    private static bool HasAhead(CellDraft draft, Train train, DeploymentKey key)
    {
        var route = draft.RouteOf(train);
        var at = TrainJourney.IndexOf(draft, train);
        return train.Phase is TrainPhase.Sealed or TrainPhase.Departed
            && train.Order?.Purpose is not TrainPurpose.Rollback
            && route.Skip(at).FirstOrDefault(stage => stage.Name == key.Stage) is { } stage
            && train.Cars.FirstOrDefault(car => car.Service == key.Service) is { } car
            && IsExchanged(draft, stage, car);
    }

    private static bool IsExchanged(CellDraft draft, Stage stage, Car car) =>
        stage.Count > 0
        && draft.Deployments.Find(new DeploymentKey(car.Service, stage.Name))?.Current is { } current
        && current != car.Version;

    private static Train? TrainOf(CellDraft draft, DeploymentKey key) =>
        draft
            .OpenTrainsWith(key.Service)
            .FirstOrDefault(train => train.Reservations.Any(each => KeyOf(train, each) == key));

    private static bool AreSame(ImmutableArray<StageReservation> left, ImmutableArray<StageReservation> right) =>
        left.Length == right.Length
        && left.Zip(right)
            .All(both =>
                both.First with { Rooms = [] } == both.Second with { Rooms = [] }
                && both.First.Rooms.SequenceEqual(both.Second.Rooms)
            );
}
