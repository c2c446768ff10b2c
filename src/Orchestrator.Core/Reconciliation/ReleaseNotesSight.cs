using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Reads release notes off a stored cell.</summary>
public static class ReleaseNotesSight
{
    /// <summary>The stages of a train in order, or of its line as long as it has none of its own.</summary>
    public static ImmutableArray<StageName> StagesOf(Cell cell, Train train) =>
        [.. RouteOf(cell, train).Select(stage => stage.Name)];

    /// <summary>The stage that it is at, or comes to first; null if nobody knows where it goes.</summary>
    public static StageName? StageOf(Cell cell, Train train)
    {
        var stages = StagesOf(cell, train);
        var at = train.Phase is TrainPhase.Departed(var index, _) ? Math.Min(index, stages.Length - 1) : 0;
        return stages.IsEmpty ? null : stages[at];
    }

    /// <summary>Of each car, what it brings to the stage beside what ran there when it came, or runs there now.</summary>
    public static ImmutableArray<ReleaseNotes> OfTrain(Cell cell, Train train, StageName stage) =>
        [
            .. CarsOf(cell, train)
                .Select(car =>
                    ReleaseNotes.Between(PublishedOf(cell, car.Service), Before(cell, train, stage, car), car)
                ),
        ];

    /// <summary>Where its lines end: the last stage of the first of them. Null if it has none.</summary>
    public static StageName? LastStageOf(Cell cell, ServiceName service) => LineOf(cell, service)?.Route[^1].Name;

    public static ServiceVersion? RunningAt(Cell cell, ServiceName service, StageName stage) =>
        cell.Deployments.GetValueOrDefault(new DeploymentKey(service, stage))?.Current is { } current
            ? cell.Versions[new VersionKey(service, current)]
            : null;

    /// <summary>The newest that its line would take along, whatever the train; null if there is none.</summary>
    public static ServiceVersion? NewestOf(Cell cell, ServiceName service)
    {
        var channel = LineOf(cell, service)?.Boarding.Channel;
        return PublishedOf(cell, service)
            .Where(each => each.Yanked is null && (channel is null || each.Channel == channel))
            .MaxBy(each => each.Number);
    }

    public static IEnumerable<ServiceVersion> PublishedOf(Cell cell, ServiceName service) =>
        cell.Versions.Values.Where(each => each.Service == service);

    private static Line? LineOf(Cell cell, ServiceName service) =>
        cell.Lines.Values.FirstOrDefault(line => line.Services.Contains(service));

    private static ImmutableArray<Stage> RouteOf(Cell cell, Train train)
    {
        if (!train.Route.IsEmpty)
        {
            return train.Route;
        }

        return cell.Lines.TryGetValue(train.Id.Line, out var line) ? line.Route : [];
    }

    /// <summary>What it carries, or would if it were sealed now.</summary>
    internal static IEnumerable<ServiceVersion> CarsOf(Cell cell, Train train)
    {
        if (train.Consist is { } consist)
        {
            return consist.Cars.Select(car => cell.Versions[new VersionKey(car.Service, car.Version)]);
        }

        return train.Phase is TrainPhase.Boarding && cell.Lines.TryGetValue(train.Id.Line, out var line)
            ? BoardingSight.Of(cell, line, train).Versions
            : [];
    }

    /// <summary>What ran at the stage when the car came to it, or runs there now; null if none did.</summary>
    internal static ServiceVersion? Before(Cell cell, Train train, StageName stage, ServiceVersion car)
    {
        if (
            train.Consist is null
            || cell.Rollouts.GetValueOrDefault(train.RolloutOf(stage, car.Service)) is not { } rollout
        )
        {
            return RunningAt(cell, car.Service, stage);
        }

        return rollout.From is { } from ? cell.Versions[new VersionKey(car.Service, from)] : null;
    }
}
