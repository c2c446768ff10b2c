using Orchestrator.Contracts.Http;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>What trains bring and in which order, as the API shows it.</summary>
internal static class NotesShapes
{
    public static NotesView Of(string of, string stage, IEnumerable<ReleaseNotes> cars) =>
        new()
        {
            Of = of,
            Stage = stage,
            Cars = [.. cars.Select(Of)],
        };

    public static ConsistOrderView? Of(ConsistSight? sight) =>
        sight is null
            ? null
            : new ConsistOrderView(
                sight.Stage.Value,
                [.. sight.Waves.Select(wave => (string[])[.. wave.Select(service => service.Value)])]
            );

    private static CarNotesView Of(ReleaseNotes notes) =>
        new()
        {
            Service = notes.Service.Value,
            FromVersion = notes.From?.ToString() ?? "",
            ToVersion = notes.To.ToString(),
            IsWayBack = notes.IsWayBack,
            Commits = Of(notes.Commits),
            Versions =
            [
                .. notes.Versions.Select(each => new VersionNotesView(
                    each.Version.Number.ToString(),
                    each.Version.PublishedBy,
                    each.Version.PublishedAt,
                    Of(each.Commits),
                    each.IsConfigurationOnly,
                    each.Changes,
                    CatalogShapes.YankOf(each.Version)
                )),
            ],
            MoreVersions = notes.More,
            Remarks = notes.Remarks,
        };

    private static CommitRangeView? Of(CommitRange? commits) =>
        commits is null
            ? null
            : new CommitRangeView(commits.Repository, commits.From ?? "", commits.To, commits.CompareUrl);
}
