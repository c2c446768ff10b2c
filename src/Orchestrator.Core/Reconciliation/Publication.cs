using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Publishing a version: immutable from then on.</summary>
internal static class Publication
{
    public static CellAnswer Publish(CellDraft draft, string actor, PublishOrder order, DateTimeOffset now)
    {
        if (!draft.Services.TryGet(order.Service, out var service))
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "service_unknown",
                $"There is no service {order.Service}.",
                "Apply its manifest first: orc apply -f FILE"
            );
        }

        var version = Compose(service, order, actor, now);
        if (draft.Versions.TryGet(new VersionKey(version.Service, version.Number), out var stored))
        {
            return stored.ContentDigest() == version.ContentDigest()
                ? Answer(draft, stored, isNew: false)
                : Conflict(stored, version);
        }

        Add(draft, version, now);
        return Answer(draft, version, isNew: true);
    }

    internal static ServiceVersion Compose(Service service, PublishOrder order, string actor, DateTimeOffset now) =>
        new()
        {
            Service = order.Service,
            Number = order.Number,
            Channel = order.Channel,
            Template = service.Template with
            {
                Image = order.Image ?? service.Template.Image,
                Environment = service.Template.Environment.SetItems(order.Environment),
            },
            Dependencies = service.Dependencies,
            PublishedBy = actor,
            PublishedAt = now,
            Provenance = order.Provenance,
        };

    internal static void Add(CellDraft draft, ServiceVersion version, DateTimeOffset now)
    {
        draft.Put(version);
        draft.Record(
            now,
            version.PublishedBy,
            "version.published",
            $"{version.Service}/{version.Number}",
            $"{version.Channel}, {version.ContentDigest()}{MadeFrom(version)}"
        );
    }

    private static string MadeFrom(ServiceVersion version) =>
        version.Provenance is { } made ? $", from {made.Commit} of {made.Repository}" : "";

    internal static CellAnswer.Refused Conflict(ServiceVersion stored, ServiceVersion offered)
    {
        var differences = ManifestFields.Differences(ManifestFields.Of(stored), ManifestFields.Of(offered));
        return new CellAnswer.Refused(
            RefusalKind.Conflict,
            "version_conflict",
            $"{stored.Service} {stored.Number} is published already with other content: {string.Join("; ", differences)}.",
            "A version never changes: publish a higher number."
        );
    }

    private static CellAnswer.Published Answer(CellDraft draft, ServiceVersion version, bool isNew)
    {
        var first = draft
            .LinesOf(version.Service)
            .Select(line => (Line: line, Train: TrainDispatch.BoardingTrain(draft, line.Name)))
            .Where(each =>
                each.Train is not null
                && BoardingSight.Choose(draft, each.Line, each.Train, version.Service, [version]) is not null
            )
            .Select(each => each.Train)
            .MinBy(train => train?.DepartsAt);
        return new CellAnswer.Published(version, isNew, first?.Id, first?.DepartsAt);
    }
}
