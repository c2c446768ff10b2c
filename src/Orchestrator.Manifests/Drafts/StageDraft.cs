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

    public required RecreateDraft Recreate { get; init; }

    public required BlueGreenDraft BlueGreen { get; init; }

    public required WavesDraft Waves { get; init; }

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
            Recreate = RecreateDraft.Read(stage.Object("recreate")),
            BlueGreen = BlueGreenDraft.Read(stage.Object("blueGreen")),
            Waves = WavesDraft.Read(stage.Object("waves")),
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
