using System.Collections.Frozen;
using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

internal sealed record PoolDraft : Draft
{
    private static readonly FrozenDictionary<string, PoolPreference> Placements = new Dictionary<
        string,
        PoolPreference
    >(StringComparer.Ordinal)
    {
        ["spread"] = PoolPreference.Spread,
        ["binpack"] = PoolPreference.BinPack,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public required PoolName? Name { get; init; }

    public required ImmutableSortedDictionary<string, string> Selector { get; init; }

    public required PoolPreference? Placement { get; init; }

    public required Overcommit Overcommit { get; init; }

    public required QuantitiesDraft Reserve { get; init; }

    public required ImmutableSortedDictionary<string, int> Resources { get; init; }

    /// <summary>Null for any number, or one that is wrong.</summary>
    public required int? MaxConcurrentRollouts { get; init; }

    public override string Kind => "Pool";

    public override string? Identity => Name?.Value;

    public override string IdentityPath => "metadata.name";

    public static PoolDraft Read(ManifestDocument document, Fields root)
    {
        var spec = root.Object("spec");
        return new PoolDraft
        {
            Document = document,
            Name = root.Object("metadata").Text<PoolName>("name", Names.Pool),
            Selector = ReadSelector(spec.Object("selector")),
            Placement = spec.Choice("placement", Placements, ManifestDefaults.Placement),
            Overcommit = ReadOvercommit(spec.Object("overcommit")),
            Reserve = QuantitiesDraft.Read(spec.Object("reserve")),
            Resources = ResourcesDraft.ReadCounts(spec.Object("resources")),
            MaxConcurrentRollouts = spec.Whole("maxConcurrentRollouts"),
        };
    }

    public Pool ToPool() =>
        new(Known(Name), Selector, Known(Placement))
        {
            Overcommit = Overcommit,
            MaxConcurrentRollouts = MaxConcurrentRollouts,
            Reserve = new Core.Resources(Reserve.Cpu ?? 0, Reserve.Memory ?? 0) { DiskMebibytes = Reserve.Disk ?? 0 },
            Counts =
            [
                .. Resources
                    .Select(count => new NamedCount(ResourceName.Parse(count.Key), count.Value))
                    .OrderBy(count => count.Name),
            ],
        };

    private static Overcommit ReadOvercommit(Fields overcommit) =>
        new(
            overcommit.Value<int>("cpu", Ratios.Hundredths),
            overcommit.Value<int>("memory", Ratios.Hundredths),
            overcommit.Value<int>("disk", Ratios.Hundredths)
        );

    private static ImmutableSortedDictionary<string, string> ReadSelector(Fields selector) =>
        selector
            .Entries.Where(entry => Fields.TextOf(entry.Value) is not null)
            .ToImmutableSortedDictionary(
                entry => entry.Key,
                entry => Fields.TextOf(entry.Value) ?? "",
                StringComparer.Ordinal
            );
}
