using System.Diagnostics.CodeAnalysis;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>What a train or a version brings.</summary>
internal static class NotesEndpoints
{
    public static void MapNotes(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/trains/{line}/{number}/notes",
                (string line, string number, string? stage, Conductor conductor) =>
                    OfTrain(conductor.Current.Cell, $"{line}/{number}", stage)
            )
            .Answers<NotesView>("What each car of a train brings to a stage, its first one unless another is named");
        app.MapGet(
                "/v1/services/{service}/notes",
                (string service, string? from, string? to, string? stage, Conductor conductor) =>
                    OfService(conductor.Current.Cell, service, from, to, stage)
            )
            .Answers<NotesView>(
                "What lies between two versions, or between what runs at a stage and the newest version"
            );
    }

    private static IResult OfTrain(Cell cell, string id, string? stage)
    {
        if (!TrainId.TryParse(id, out var key) || !cell.Trains.TryGetValue(TrainKey.Of(key), out var train))
        {
            return Problems.NotFound("train", id, "See the trains: orc trains");
        }

        var stages = ReleaseNotesSight.StagesOf(cell, train);
        var at = stage is null ? stages.FirstOrDefault() : stages.FirstOrDefault(each => each.Value == stage);
        return at is null
            ? Problems.NotFound("stage", stage ?? "", $"{id} has these: {string.Join(", ", stages)}.")
            : Results.Ok(NotesShapes.Of(id, at.Value, ReleaseNotesSight.OfTrain(cell, train, at)));
    }

    private static IResult OfService(Cell cell, string service, string? from, string? to, string? stage)
    {
        if (!ServiceName.TryParse(service, out var name) || !cell.Services.ContainsKey(name))
        {
            return Problems.NotFound("service", service, "See the services: orc get services");
        }

        StageName? at = null;
        if (stage is not null && !StageName.TryParse(stage, out at))
        {
            return Problems.NotFound("stage", stage, $"See where it runs: orc describe service {service}");
        }

        var isBetween = from is not null;
        at ??= isBetween ? null : ReleaseNotesSight.LastStageOf(cell, name);
        var shown = isBetween ? "" : $"{at}";
        var older = at is null ? null : ReleaseNotesSight.RunningAt(cell, name, at);
        var newer = ReleaseNotesSight.NewestOf(cell, name);
        if (!TryFind(cell, name, from, ref older, out var problem) || !TryFind(cell, name, to, ref newer, out problem))
        {
            return problem;
        }

        return newer is null
            ? Problems.NotFound("version", $"{service} (any)", $"Publish one: orc publish {service} VERSION")
            : Results.Ok(
                NotesShapes.Of(
                    service,
                    shown,
                    [ReleaseNotes.Between(ReleaseNotesSight.PublishedOf(cell, name), older, newer)]
                )
            );
    }

    /// <summary>Leaves <paramref name="found"/> as it is where no version is named.</summary>
    private static bool TryFind(
        Cell cell,
        ServiceName service,
        string? version,
        ref ServiceVersion? found,
        [NotNullWhen(false)] out IResult? problem
    )
    {
        problem = null;
        if (version is null)
        {
            return true;
        }

        found = SemanticVersion.TryParse(version, out var number)
            ? cell.Versions.GetValueOrDefault(new VersionKey(service, number))
            : null;
        problem = found is null
            ? Problems.NotFound("version", $"{service} {version}", $"See them: orc get versions {service}")
            : null;
        return problem is null;
    }
}
