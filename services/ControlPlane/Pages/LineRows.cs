using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Trains;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>A line's next train, the one under way, and how the last one ended.</summary>
internal static class LineRows
{
    public static LineRow Of(Cell cell, Line line)
    {
        var trains = TrainsOf(cell, line.Name);
        var next = trains.Find(train => train.Phase is TrainPhase.Boarding or TrainPhase.Sealed);
        var underWay = trains.FindLast(train => train.Phase is TrainPhase.Departed or TrainPhase.Recalling);
        var last = trains.FindLast(Boarding.IsEnded);
        return new LineRow
        {
            Line = line.Name.Value,
            Timetable = $"{line.Timetable.Cron} ({line.Timetable.Zone})",
            NextTrain = next?.Id.Value ?? "",
            NextDeparture = next?.DepartsAt,
            Boards = next is null ? "" : BoardsOf(cell, line, next),
            Brings = next is null ? BroughtByTrain.Nothing : BroughtModels.Of(cell, next),
            EnRoute = underWay is null
                ? null
                : new EnRoute(
                    underWay.Id.Value,
                    VersionsOf(underWay),
                    PlaceOf(cell, underWay),
                    BroughtModels.Of(cell, underWay)
                ),
            Last = last is null ? null : OutcomeOf(last),
        };
    }

    private static List<Train> TrainsOf(Cell cell, LineName line) =>
        [.. cell.Trains.Values.Where(train => train.Id.Line == line)];

    private static string BoardsOf(Cell cell, Line line, Train next)
    {
        if (next.Consist is not null)
        {
            return VersionsOf(next);
        }

        return string.Join(", ", BoardingSight.Of(cell, line, next).Versions.Select(version => version.Number));
    }

    private static string PlaceOf(Cell cell, Train train)
    {
        var rollout = cell.Rollouts.Values.Where(each => each.Id.Train == train.Id).MaxBy(each => each.PlannedAt);
        return rollout is null
            ? "departed"
            : $"{rollout.Stage.Name}: {States.OfRollout(Words.Of(rollout.Phase).Phase).Word.ToLowerInvariant()}";
    }

    private static Outcome OutcomeOf(Train train)
    {
        var (phase, reason) = Words.Of(train.Phase);
        return new Outcome(train.Id.Value, VersionsOf(train), States.OfTrain(phase), reason, train.EndedAt);
    }

    private static string VersionsOf(Train train) =>
        string.Join(", ", train.Consist?.Cars.Select(car => car.Version.ToString()) ?? []);
}
