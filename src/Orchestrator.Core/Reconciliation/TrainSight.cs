using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What can be said of trains before it is decided, and why they do not get on.</summary>
public static class TrainSight
{
    /// <summary>Why a train that should leave at that moment may not; empty if it may, or has left.</summary>
    public static string ClosedFor(Cell cell, Train train, DateTimeOffset now)
    {
        if (
            train.Phase is not (TrainPhase.Boarding or TrainPhase.Sealed)
            || train.Order?.Purpose is TrainPurpose.Rollback
            || !cell.Lines.TryGetValue(train.Id.Line, out var line)
        )
        {
            return "";
        }

        var first = train.Route.IsEmpty ? line.Route[0] : train.Route[0];
        var moment = train.DepartsAt > now ? train.DepartsAt : now;
        var services = train.Consist is { } consist ? consist.Cars.Select(car => car.Service) : line.Services;
        return services
                .Select(service => WindowCalendar.At(cell.Windows.Values, service, first.Name, moment))
                .FirstOrDefault(closure => closure is not null)
                ?.Text
            ?? "";
    }

    /// <summary>Why a train that is under way has not begun at its stage; empty if it has, or is not under way.</summary>
    public static string WaitsFor(Cell cell, Train train)
    {
        if (train is not { Phase: TrainPhase.Departed departed, Consist: not null } || train.Route.IsEmpty)
        {
            return "";
        }

        var stage = train.Route[Math.Min(departed.StageIndex, train.Route.Length - 1)].Name;
        if (cell.Rollouts.ContainsKey(RolloutId.Of(train.Id, stage)))
        {
            return "";
        }

        var ahead = TrainsAt(cell, train, stage).FirstOrDefault();
        return ahead is null ? $"on its way to {stage}" : $"waits for {ahead.Id} to leave {stage}";
    }

    private static IEnumerable<Train> TrainsAt(Cell cell, Train train, StageName stage) =>
        cell.Trains.Values.Where(other =>
            other.Id != train.Id
            && train
                .Consist!.Cars.Where(car => other.CarriedOf(car.Service) is not null)
                .Select(car => cell.Rollouts.GetValueOrDefault(other.RolloutOf(stage, car.Service)))
                .OfType<Rollout>()
                .Any(rollout => !RolloutMachine.IsFinished(rollout) || other.EndedAt is null)
        );
}
