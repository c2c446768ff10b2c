using System.Collections.Immutable;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record CanaryDraft(bool IsThere)
{
    public required ImmutableArray<StepDraft> Steps { get; init; }

    public required int? MaxSurge { get; init; }

    public required int? MaxUnavailable { get; init; }

    public required TimeSpan? ReadyWithin { get; init; }

    public static CanaryDraft Read(Fields canary) =>
        new(canary.AreThere)
        {
            Steps = [.. canary.Objects("steps").Select(StepDraft.Read)],
            MaxSurge = canary.Whole("maxSurge", ManifestDefaults.MaxSurge),
            MaxUnavailable = canary.Whole("maxUnavailable", ManifestDefaults.MaxUnavailable),
            ReadyWithin = Patience.Read(canary),
        };
}

internal sealed record StepDraft
{
    /// <summary>As for a stage.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public required int? Instances { get; init; }

    public required int? Weight { get; init; }

    public required TimeSpan? Bake { get; init; }

    public required int? MinimumRequests { get; init; }

    public required TimeSpan? JudgeWithin { get; init; }

    public static StepDraft Read(Fields step) =>
        new()
        {
            Instances = step.Whole("instances"),
            Weight = step.Whole("weight"),
            Bake = step.Value("bake", Durations.Between(TimeSpan.Zero, Longest), ManifestDefaults.Bake),
            MinimumRequests = step.Whole("minimumRequests", ManifestDefaults.MinimumRequests),
            JudgeWithin = step.Value(
                "judgeWithin",
                Durations.Between(TimeSpan.FromSeconds(1), Longest),
                ManifestDefaults.JudgeWithin
            ),
        };
}

internal sealed record RecreateDraft(bool IsThere, TimeSpan? ReadyWithin)
{
    public static RecreateDraft Read(Fields recreate) => new(recreate.AreThere, Patience.Read(recreate));
}

/// <summary>What every strategy has.</summary>
internal static class Patience
{
    public static TimeSpan? Read(Fields strategy) =>
        strategy.Value(
            "readyWithin",
            Durations.Between(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            ManifestDefaults.ReadyWithin
        );
}
