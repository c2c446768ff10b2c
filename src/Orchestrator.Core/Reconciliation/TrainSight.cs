using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What can be said of trains before it is decided, and why they do not get on.</summary>
public static class TrainSight
{
    /// <summary>Which of the versions would board if the train were sealed now; null if none may.</summary>
    public static ServiceVersion? Boards(Cell cell, Line line, Train train) =>
        Boards(
            line,
            train,
            cell.Services[line.Service].Template.Kind,
            TrainsOf(cell, line.Service).ToList(),
            cell.Versions.Values.Where(version => version.Service == line.Service),
            line.Route.Select(stage =>
                cell.Deployments.GetValueOrDefault(new DeploymentKey(line.Service, stage.Name))?.Current
            )
        );

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
        return WindowCalendar.At(cell.Windows.Values, train.Id.Line, first.Name, moment)?.Text ?? "";
    }

    /// <summary>Why a train that is under way has not begun at its stage; empty if it has, or is not under way.</summary>
    public static string WaitsFor(Cell cell, Train train)
    {
        if (train.Phase is not TrainPhase.Departed departed || train.Route.IsEmpty)
        {
            return "";
        }

        var stage = train.Route[Math.Min(departed.StageIndex, train.Route.Length - 1)].Name;
        if (cell.Rollouts.ContainsKey(RolloutId.Of(train.Id, stage)))
        {
            return "";
        }

        var ahead = TrainsOf(cell, train.Id.Line)
            .FirstOrDefault(other =>
                other.Id != train.Id
                && cell.Rollouts.TryGetValue(RolloutId.Of(other.Id, stage), out var rollout)
                && (!RolloutMachine.IsFinished(rollout) || other.EndedAt is null)
            );
        return ahead is null ? $"on its way to {stage}" : $"waits for {ahead.Id} to leave {stage}";
    }

    internal static ServiceVersion? Boards(
        Line line,
        Train train,
        ServiceKind kind,
        IReadOnlyCollection<Train> trains,
        IEnumerable<ServiceVersion> versions,
        IEnumerable<SemanticVersion?> running
    )
    {
        var carried = trains
            .Where(other => other.Phase is not (TrainPhase.Missed or TrainPhase.Cancelled))
            .SelectMany(VersionsOf)
            .ToHashSet();
        var newest = trains
            .Where(other => !Boarding.IsEnded(other))
            .SelectMany(VersionsOf)
            .Concat(running)
            .OfType<SemanticVersion>()
            .Max();
        var fitting = versions.Where(version => KindChecks.IsSame(version.Template.Kind, kind));
        return Boarding.Choose(line, train, fitting, newest, carried);
    }

    private static IEnumerable<Train> TrainsOf(Cell cell, ServiceName line) =>
        cell.Trains.Values.Where(train => train.Id.Line == line);

    private static IEnumerable<SemanticVersion> VersionsOf(Train train) =>
        train.Consist?.Cars.Select(car => car.Version) ?? [];
}
