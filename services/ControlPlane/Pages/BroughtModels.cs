using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Trains;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>What a train brings, in as few words as fit into a row.</summary>
internal static class BroughtModels
{
    /// <summary>What has more is for <c>orc notes</c>.</summary>
    private const int MaxCars = 5;

    private const int ShownDigits = 8;

    /// <summary>Who has more looks at <c>orc train status</c>.</summary>
    private const int MostInOrder = 20;

    /// <summary>At the stage that it is at, or comes to first.</summary>
    public static BroughtByTrain Of(Cell cell, Train train)
    {
        if (ReleaseNotesSight.StageOf(cell, train) is not { } stage)
        {
            return BroughtByTrain.Nothing;
        }

        var cars = ReleaseNotesSight.OfTrain(cell, train, stage);
        return new BroughtByTrain([.. cars.Take(MaxCars).Select(Of)], Math.Max(0, cars.Length - MaxCars))
        {
            Order = OrderOf(ConsistSight.Of(cell, train)),
        };
    }

    private static string OrderOf(ConsistSight? sight) =>
        sight is null || sight.Waves.Sum(wave => wave.Length) > MostInOrder ? "" : $"at {sight.Stage}: {sight}";

    private static BroughtByCar Of(ReleaseNotes notes) =>
        new(
            notes.Service.Value,
            notes.From is { } from ? $"{from} → {notes.To}" : $"first version {notes.To}",
            notes.Commits is { } commits ? Of(commits) : notes.Remarks.LastOrDefault(""),
            notes.Commits?.CompareUrl ?? ""
        );

    private static string Of(CommitRange commits) =>
        commits.From is { } from ? $"{Short(from)}..{Short(commits.To)}" : $"up to {Short(commits.To)}";

    private static string Short(string commit) => commit.Length > ShownDigits ? commit[..ShownDigits] : commit;
}
