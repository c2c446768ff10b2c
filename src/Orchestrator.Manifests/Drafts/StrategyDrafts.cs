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

/// <param name="Percent">In their places; null for one that is wrong.</param>
internal sealed record WavesDraft(bool IsThere, ImmutableArray<int?> Percent, TimeSpan? Soak)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static WavesDraft Read(Fields waves) =>
        new(
            waves.AreThere,
            waves.Wholes("percent"),
            waves.Value("soak", Durations.Between(TimeSpan.Zero, Longest), ManifestDefaults.WaveSoak)
        );
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
