using System.Collections.Immutable;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

/// <summary>How much of something each process may have.</summary>
internal sealed record LimitDraft(long? Soft, long? Hard)
{
    public static ImmutableSortedDictionary<string, LimitDraft> ReadAll(Fields limits) =>
        limits.Entries.ToImmutableSortedDictionary(
            entry => entry.Key,
            entry => Read(limits.Object(entry.Key)),
            StringComparer.Ordinal
        );

    private static LimitDraft Read(Fields limit) =>
        new(limit.Value<long>("soft", ProcessLimits.Read), limit.Value<long>("hard", ProcessLimits.Read));
}
