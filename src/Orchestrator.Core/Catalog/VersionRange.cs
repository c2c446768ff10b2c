using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>Versions that satisfy any of the intervals. <see cref="Text"/> is how it was written.</summary>
public sealed record VersionRange(string Text, ImmutableArray<VersionInterval> Intervals)
{
    public bool Contains(SemanticVersion version) => Intervals.Any(interval => interval.Contains(version));
}

/// <summary>From <paramref name="Minimum"/>, included, to <paramref name="Maximum"/>; null is unbounded.</summary>
/// <param name="IncludesPrereleases">Otherwise only releases satisfy it, as in npm's ranges.</param>
public sealed record VersionInterval(
    SemanticVersion? Minimum,
    bool IncludesMinimum,
    SemanticVersion? Maximum,
    bool IncludesMaximum,
    bool IncludesPrereleases
)
{
    public bool Contains(SemanticVersion version) =>
        (IncludesPrereleases || version.Prerelease.Length == 0)
        && (Minimum is null || version.CompareTo(Minimum) > (IncludesMinimum ? -1 : 0))
        && (Maximum is null || version.CompareTo(Maximum) < (IncludesMaximum ? 1 : 0));
}
