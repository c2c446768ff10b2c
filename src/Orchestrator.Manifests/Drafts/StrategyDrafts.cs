using System.Collections.Immutable;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record CanaryDraft(bool IsThere)
{
    public required ImmutableArray<StepDraft> Steps { get; init; }

    public required int? MaxSurge { get; init; }

    public required int? MaxUnavailable { get; init; }

    public required PatienceDraft Patience { get; init; }

    public static CanaryDraft Read(Fields canary) =>
        new(canary.AreThere)
        {
            Steps = [.. canary.Objects("steps").Select(StepDraft.Read)],
            MaxSurge = canary.Whole("maxSurge", ManifestDefaults.MaxSurge),
            MaxUnavailable = canary.Whole("maxUnavailable", ManifestDefaults.MaxUnavailable),
            Patience = PatienceDraft.Read(canary),
        };
}

internal sealed record StepDraft
{
    /// <summary>As for a stage.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public required int? Instances { get; init; }

    /// <summary>In tenths of a percent.</summary>
    public required decimal? Weight { get; init; }

    /// <summary>What was written, be it wrong: from what is not, the other follows.</summary>
    public required bool HasInstances { get; init; }

    public required bool HasWeight { get; init; }

    public required bool? IsManual { get; init; }

    public required TimeSpan? Bake { get; init; }

    public required int? MinimumRequests { get; init; }

    /// <summary>Null for none, and for one that is wrong.</summary>
    public required int? MaximumRequests { get; init; }

    public required TimeSpan? JudgeWithin { get; init; }

    public static StepDraft Read(Fields step) =>
        new()
        {
            Instances = step.Whole("instances"),
            Weight = step.Value<decimal>("weight", Weights.Tenths),
            HasInstances = step.Have("instances"),
            HasWeight = step.Have("weight"),
            IsManual = step.Flag("manual", ManifestDefaults.IsManual),
            Bake = step.Value("bake", Durations.Between(TimeSpan.Zero, Longest), ManifestDefaults.Bake),
            MinimumRequests = step.Whole("minimumRequests", ManifestDefaults.MinimumRequests),
            MaximumRequests = step.Whole("maximumRequests"),
            JudgeWithin = step.Value(
                "judgeWithin",
                Durations.Between(TimeSpan.FromSeconds(1), Longest),
                ManifestDefaults.JudgeWithin
            ),
        };
}

internal sealed record RecreateDraft(bool IsThere, PatienceDraft Patience)
{
    public static RecreateDraft Read(Fields recreate) => new(recreate.AreThere, PatienceDraft.Read(recreate));
}

internal sealed record BlueGreenDraft(bool IsThere, TimeSpan? Bake, TimeSpan? KeepOld, PatienceDraft Patience)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static BlueGreenDraft Read(Fields blueGreen) =>
        new(
            blueGreen.AreThere,
            blueGreen.Value("bake", Durations.Between(TimeSpan.Zero, Longest), ManifestDefaults.Bake),
            blueGreen.Value("keepOld", Durations.Between(TimeSpan.Zero, Longest), ManifestDefaults.KeepOld),
            PatienceDraft.Read(blueGreen)
        );
}

/// <summary>By share of the instances, or by domain: the fields of one exclude those of the other.</summary>
internal sealed record WavesDraft
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);
    private static readonly string[] FieldsOfDomains = ["by", "first", "parallel"];

    public required bool IsThere { get; init; }

    public required bool HavePercent { get; init; }

    /// <summary>In their places; null for one that is wrong.</summary>
    public required ImmutableArray<int?> Percent { get; init; }

    /// <summary>Which of the fields of waves by domain are there.</summary>
    public required ImmutableArray<string> OfDomains { get; init; }

    public required string By { get; init; }

    public required ImmutableArray<string> First { get; init; }

    public required int? Parallel { get; init; }

    public required TimeSpan? Soak { get; init; }

    public static WavesDraft Read(Fields waves) =>
        new()
        {
            IsThere = waves.AreThere,
            HavePercent = waves.Have("percent"),
            Percent = waves.Wholes("percent"),
            OfDomains = [.. FieldsOfDomains.Where(waves.Have)],
            By = waves.Text<string>("by", (text, _) => text, ManifestDefaults.WavesBy) ?? ManifestDefaults.WavesBy,
            First = waves.Texts("first"),
            Parallel = waves.Whole("parallel", ManifestDefaults.DomainsAtOnce),
            Soak = waves.Value("soak", Durations.Between(TimeSpan.Zero, Longest), ManifestDefaults.WaveSoak),
        };
}

/// <summary>What every strategy that exchanges instances has.</summary>
internal sealed record PatienceDraft(TimeSpan? ReadyWithin, TimeSpan? HealthyFor)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static PatienceDraft Read(Fields strategy) =>
        new(
            strategy.Value(
                "readyWithin",
                Durations.Between(TimeSpan.FromSeconds(1), Longest),
                ManifestDefaults.ReadyWithin
            ),
            strategy.Value("healthyFor", Durations.Between(TimeSpan.Zero, Longest), ManifestDefaults.HealthyFor)
        );
}
