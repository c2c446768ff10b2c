using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

internal sealed record TeamDraft : Draft
{
    public required TeamName? Name { get; init; }

    /// <summary>Null where nothing is limited.</summary>
    public required int? Instances { get; init; }

    /// <inheritdoc cref="Instances"/>
    public required long? Cpu { get; init; }

    /// <inheritdoc cref="Instances"/>
    public required long? Memory { get; init; }

    /// <inheritdoc cref="Instances"/>
    public required long? Disk { get; init; }

    public override string Kind => "Team";

    public override string? Identity => Name?.Value;

    public override string IdentityPath => "metadata.name";

    public static TeamDraft Read(ManifestDocument document, Fields root)
    {
        var quota = root.Object("spec").Object("quota");
        return new TeamDraft
        {
            Document = document,
            Name = root.Object("metadata").Text<TeamName>("name", Names.Team),
            Instances = quota.Whole("instances"),
            Cpu = quota.Value<long>("cpu", Quantities.TotalCpu),
            Memory = quota.Value<long>("memory", Quantities.TotalMemory),
            Disk = quota.Value<long>("disk", Quantities.TotalDisk),
        };
    }

    public Team ToTeam() =>
        new(
            Known(Name),
            [
                .. LimitOf(QuotaResource.Instances, Instances),
                .. LimitOf(QuotaResource.Cpu, Cpu),
                .. LimitOf(QuotaResource.Memory, Memory),
                .. LimitOf(QuotaResource.Disk, Disk),
            ]
        );

    private static IEnumerable<QuotaLimit> LimitOf(QuotaResource resource, long? most) =>
        most is { } limit ? [new QuotaLimit(resource, limit)] : [];
}
