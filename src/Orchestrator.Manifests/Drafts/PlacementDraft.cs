using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record PlacementDraft
{
    public required ImmutableArray<ConstraintDraft> Constraints { get; init; }

    public required ImmutableArray<AffinityDraft> Affinities { get; init; }

    public required ImmutableArray<SpreadDraft> Spread { get; init; }

    public required int? MaxPerHost { get; init; }

    public required ImmutableArray<NeighbourDraft> Near { get; init; }

    public required ImmutableArray<NeighbourDraft> Apart { get; init; }

    public static PlacementDraft Read(Fields placement) =>
        new()
        {
            Constraints = [.. placement.Objects("constraints").Select(ConstraintDraft.Read)],
            Affinities = [.. placement.Objects("affinities").Select(AffinityDraft.Read)],
            Spread = [.. placement.Objects("spread").Select(SpreadDraft.Read)],
            Near = [.. placement.Objects("near").Select(NeighbourDraft.Read)],
            Apart = [.. placement.Objects("apart").Select(NeighbourDraft.Read)],
            MaxPerHost = placement.Whole("maxPerHost", ManifestDefaults.MaxPerHost),
        };
}

/// <summary>One wish about a label. The fields beside the label are alternatives, of which one is given.</summary>
internal sealed record ConstraintDraft
{
    public required string Label { get; init; }

    public required ImmutableArray<string> In { get; init; }

    public required ImmutableArray<string> NotIn { get; init; }

    public required bool? Exists { get; init; }

    public required int? Above { get; init; }

    public required int? Below { get; init; }

    public required bool HasExists { get; init; }

    public required DottedNumber? From { get; init; }

    public required DottedNumber? Before { get; init; }

    /// <summary>How many of the alternatives are given; a version's two bounds are one.</summary>
    public int Operators =>
        (In.IsEmpty ? 0 : 1)
        + (NotIn.IsEmpty ? 0 : 1)
        + (HasExists ? 1 : 0)
        + (Above is null ? 0 : 1)
        + (Below is null ? 0 : 1)
        + (From is null && Before is null ? 0 : 1);

    public static ConstraintDraft Read(Fields constraint) =>
        new()
        {
            Label = constraint.Text<string>("label", (text, _) => text) ?? "",
            In = constraint.Texts("in"),
            NotIn = constraint.Texts("notIn"),
            HasExists = constraint.Have("exists"),
            Exists = constraint.Flag("exists", fallback: true),
            Above = constraint.Whole("above"),
            Below = constraint.Whole("below"),
            From = constraint.Text<DottedNumber>("from", Versions.Dotted),
            Before = constraint.Text<DottedNumber>("before", Versions.Dotted),
        };

    /// <summary>For a document without errors.</summary>
    public HostConstraint ToConstraint() =>
        this switch
        {
            { In.IsEmpty: false } => new HostConstraint.OneOf(Label, Sorted(In)),
            { NotIn.IsEmpty: false } => new HostConstraint.NoneOf(Label, Sorted(NotIn)),
            { HasExists: true, Exists: true } => new HostConstraint.Present(Label),
            { HasExists: true } => new HostConstraint.Absent(Label),
            { Above: { } bound } => new HostConstraint.Above(Label, bound),
            { Below: { } bound } => new HostConstraint.Below(Label, bound),
            _ => new HostConstraint.VersionBetween(Label, From?.ToString() ?? "", Before?.ToString() ?? ""),
        };

    /// <summary>Their order means nothing, so it makes no difference between two versions.</summary>
    private static ImmutableArray<string> Sorted(ImmutableArray<string> values) =>
        [.. values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}

internal sealed record AffinityDraft(ConstraintDraft Wanted, int? Weight)
{
    public static AffinityDraft Read(Fields affinity) => new(ConstraintDraft.Read(affinity), affinity.Whole("weight"));
}

internal sealed record SpreadDraft
{
    public required string Label { get; init; }

    public required int? MaxSkew { get; init; }

    public required bool? Hard { get; init; }

    public required int? MaxPerDomain { get; init; }

    /// <summary>Percent by value of the label.</summary>
    public required ImmutableSortedDictionary<string, int> Targets { get; init; }

    public static SpreadDraft Read(Fields spread) =>
        new()
        {
            Label = spread.Text<string>("label", (text, _) => text) ?? "",
            MaxSkew = spread.Whole("maxSkew", ManifestDefaults.MaxSkew),
            Hard = spread.Flag("hard", fallback: false),
            MaxPerDomain = spread.Whole("maxPerDomain", int.MaxValue),
            Targets = ReadTargets(spread.Object("targets")),
        };

    private static ImmutableSortedDictionary<string, int> ReadTargets(Fields targets) =>
        targets
            .Entries.Select(entry => (entry.Key, Percent: targets.Whole(entry.Key)))
            .Where(target => target.Percent is not null)
            .ToImmutableSortedDictionary(target => target.Key, target => target.Percent ?? 0, StringComparer.Ordinal);
}
