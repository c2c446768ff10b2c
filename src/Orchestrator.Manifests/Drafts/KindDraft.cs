using System.Collections.Frozen;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

/// <summary>Of a service, before what belongs to one kind only is known.</summary>
internal enum KindChoice
{
    Service,
    Daemon,
    Batch,
}

internal static class KindDraft
{
    private static readonly FrozenDictionary<string, KindChoice> Kinds = new Dictionary<string, KindChoice>(
        StringComparer.Ordinal
    )
    {
        ["service"] = KindChoice.Service,
        ["daemon"] = KindChoice.Daemon,
        ["batch"] = KindChoice.Batch,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static KindChoice? Read(Fields spec) => spec.Choice("kind", Kinds, KindChoice.Service);

    /// <summary>For a document without errors.</summary>
    public static ServiceKind ToKind(KindChoice? kind, BatchDraft batch) =>
        kind switch
        {
            KindChoice.Daemon => new ServiceKind.Daemon(),
            KindChoice.Batch => new ServiceKind.Batch(
                Draft.Known(batch.Completions),
                Draft.Known(batch.Parallelism),
                Draft.Known(batch.Retries),
                batch.Deadline
            ),
            _ => new ServiceKind.Service(),
        };
}

internal sealed record BatchDraft
{
    public required bool IsThere { get; init; }

    public required int? Completions { get; init; }

    public required int? Parallelism { get; init; }

    public required int? Retries { get; init; }

    public required TimeSpan? Deadline { get; init; }

    public static BatchDraft Read(Fields batch) =>
        new()
        {
            IsThere = batch.AreThere,
            Completions = batch.Whole("completions", ManifestDefaults.Completions),
            Parallelism = batch.Whole("parallelism", ManifestDefaults.Parallelism),
            Retries = batch.Whole("retries", ManifestDefaults.Retries),
            Deadline = batch.Value("deadline", Durations.Between(TimeSpan.FromSeconds(1), TimeSpan.FromDays(30))),
        };
}
