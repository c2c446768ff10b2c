using System.Collections.Frozen;
using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

internal sealed record StageDraft
{
    /// <summary>Long enough for every policy that has been asked for, short enough that sums of times cannot overflow.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public required StageName? Stage { get; init; }

    public required PoolName? Pool { get; init; }

    public required int? Count { get; init; }

    public required CanaryDraft Canary { get; init; }

    public required ApprovalDraft Approval { get; init; }

    public required ImmutableArray<WebhookDraft> Webhooks { get; init; }

    public required JudgeDraft Judge { get; init; }

    public required TimeSpan? Soak { get; init; }

    public required TimeSpan? HoldAtMost { get; init; }

    public static StageDraft Read(Fields stage) =>
        new()
        {
            Stage = stage.Text<StageName>("stage", Names.Stage),
            Pool = stage.Text("pool", Names.Pool, ManifestDefaults.Pool),
            Count = stage.Whole("count"),
            Canary = CanaryDraft.Read(stage.Object("canary")),
            Approval = ApprovalDraft.Read(stage.Object("approval")),
            Webhooks = [.. stage.Objects("webhooks").Select(WebhookDraft.Read)],
            Judge = JudgeDraft.Read(stage.Object("judge")),
            HoldAtMost = stage.Value(
                "holdAtMost",
                Durations.Between(TimeSpan.FromMinutes(1), Longest),
                ManifestDefaults.HoldAtMost
            ),
            Soak = stage.Value("soak", Durations.Between(TimeSpan.Zero, Longest), ManifestDefaults.Soak),
        };
}

internal sealed record CanaryDraft
{
    public required ImmutableArray<StepDraft> Steps { get; init; }

    public required int? MaxSurge { get; init; }

    public required int? MaxUnavailable { get; init; }

    public required TimeSpan? ReadyWithin { get; init; }

    public static CanaryDraft Read(Fields canary) =>
        new()
        {
            Steps = [.. canary.Objects("steps").Select(StepDraft.Read)],
            MaxSurge = canary.Whole("maxSurge", ManifestDefaults.MaxSurge),
            MaxUnavailable = canary.Whole("maxUnavailable", ManifestDefaults.MaxUnavailable),
            ReadyWithin = canary.Value(
                "readyWithin",
                Durations.Between(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
                ManifestDefaults.ReadyWithin
            ),
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

internal sealed record ApprovalDraft(bool IsThere, ApprovalPoint? Before, bool? AllowPublisher)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    internal static readonly FrozenDictionary<string, ApprovalPoint> Points = new Dictionary<string, ApprovalPoint>(
        StringComparer.Ordinal
    )
    {
        ["stage"] = ApprovalPoint.Stage,
        ["promotion"] = ApprovalPoint.Promotion,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public required int? Count { get; init; }

    /// <summary>In their places; null for one that is wrong.</summary>
    public required ImmutableArray<string?> Groups { get; init; }

    public required TimeSpan? ExpiresAfter { get; init; }

    public static ApprovalDraft Read(Fields approval) =>
        new(
            approval.AreThere,
            approval.Choice("before", Points, ManifestDefaults.ApprovalBefore),
            approval.Flag("allowPublisher", ManifestDefaults.AllowsPublisher)
        )
        {
            Count = approval.Whole("count", ManifestDefaults.ApprovalCount),
            Groups = approval.Texts<string>("groups", Names.Group),
            ExpiresAfter = approval.Value(
                "expiresAfter",
                Durations.Between(TimeSpan.FromMinutes(1), Longest),
                ManifestDefaults.ApprovalExpiresAfter
            ),
        };
}
