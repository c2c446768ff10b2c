using System.Collections.Immutable;
using System.Numerics;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Yaml;
using Semver;

namespace Orchestrator.Manifests.Formats;

/// <summary>Versions as of semver.org, and ranges as npm writes them.</summary>
internal static class Versions
{
    /// <summary>As kernels and tools write it: numbers with dots.</summary>
    public static DottedNumber? Dotted(string text, Complain complain)
    {
        if (DottedNumber.TryParse(text, out var version))
        {
            return version;
        }

        complain(
            new Complaint(
                ManifestErrorCodes.InvalidVersion,
                $"{Shown.Quoted(text)} is not a version of numbers and dots.",
                "Write it as '6.1' or '6.1.0', in quotes."
            )
        );
        return null;
    }

    private const int MaxRangeLength = 200;

    public static SemanticVersion? Read(string text, Complain complain)
    {
        if (SemanticVersion.TryParse(text, out var version))
        {
            return version;
        }

        complain(
            new Complaint(
                ManifestErrorCodes.InvalidVersion,
                $"{Shown.Quoted(text)} is not a version.",
                Proposal(text) is { } proposal
                    ? $"Try '{proposal}'. A version is MAJOR.MINOR.PATCH, such as 1.2.0 or 1.2.0-rc.1."
                    : "A version is MAJOR.MINOR.PATCH, such as 1.2.0 or 1.2.0-rc.1, without leading zeros or '+build'."
            )
        );
        return null;
    }

    public static VersionRange? ReadRange(string text, Complain complain)
    {
        if (!SemVersionRange.TryParseNpm(text, out var range, MaxRangeLength) || range is null)
        {
            complain(
                new Complaint(
                    ManifestErrorCodes.InvalidRange,
                    $"{Shown.Quoted(text)} is not a range of versions.",
                    "Write a range as npm does: ^1.2.0, ~1.2.0, 1.x, >=1.0.0 <2.0.0, or several with '||'."
                )
            );
            return null;
        }

        var intervals = range.SelectMany(Intervals).ToImmutableArray();
        if (intervals.Contains(null))
        {
            complain(
                new Complaint(
                    ManifestErrorCodes.InvalidRange,
                    $"{Shown.Quoted(text)} has a number that no version can have.",
                    "The largest is 2147483647."
                )
            );
            return null;
        }

        if (intervals.IsEmpty)
        {
            complain(
                new Complaint(
                    ManifestErrorCodes.EmptyRange,
                    $"No version is in {Shown.Quoted(text)}.",
                    "Look for a lower end that is above the upper end."
                )
            );
            return null;
        }

        return new VersionRange(text, [.. intervals.OfType<VersionInterval>()]);
    }

    private static string? Proposal(string text)
    {
        var bare = text.TrimStart('v', 'V');
        return new[] { bare, $"{bare}.0", $"{bare}.0.0" }.FirstOrDefault(candidate =>
            SemanticVersion.TryParse(candidate, out _)
        );
    }

    /// <summary>
    /// In npm a pre-release is in a range only if one of its ends is a pre-release of the same version. So each such end
    /// adds an interval of pre-releases to that of the releases. An item is null if a number does not fit.
    /// </summary>
    private static IEnumerable<VersionInterval?> Intervals(UnbrokenSemVersionRange range)
    {
        yield return Interval(
            range.Start,
            range.StartInclusive,
            range.End,
            range.EndInclusive,
            isForAll: range.IncludeAllPrerelease
        );
        if (range.IncludeAllPrerelease)
        {
            yield break;
        }

        if (range.Start is { IsPrerelease: true } start)
        {
            var (end, isIncluded) = Lower(range.End, range.EndInclusive, start.WithoutPrereleaseOrMetadata());
            yield return Interval(start, range.StartInclusive, end, isIncluded, isForAll: true);
        }

        if (range.End is { IsPrerelease: true } last && (range.EndInclusive || !IsFirstPrerelease(last)))
        {
            var first = last.WithPrerelease("0");
            var (begin, isIncluded) = Higher(range.Start, range.StartInclusive, first);
            yield return Interval(begin, isIncluded, last, range.EndInclusive, isForAll: true);
        }
    }

    /// <summary>What npm puts in as the upper end of <c>^1.0.0</c>, <c>2.0.0-0</c>: nothing comes before it.</summary>
    private static bool IsFirstPrerelease(SemVersion version) =>
        string.Equals(version.Prerelease, "0", StringComparison.Ordinal);

    private static (SemVersion End, bool IsIncluded) Lower(SemVersion? end, bool isIncluded, SemVersion release) =>
        end is not null && end.ComparePrecedenceTo(release) < 0 ? (end, isIncluded) : (release, false);

    private static (SemVersion Start, bool IsIncluded) Higher(SemVersion? start, bool isIncluded, SemVersion first) =>
        start is not null && start.ComparePrecedenceTo(first) > 0 ? (start, isIncluded) : (first, true);

    private static VersionInterval? Interval(
        SemVersion? start,
        bool isStartIncluded,
        SemVersion? end,
        bool isEndIncluded,
        bool isForAll
    ) =>
        Fits(start) && Fits(end)
            ? new VersionInterval(Core(start), isStartIncluded, Core(end), isEndIncluded, isForAll)
            : null;

    private static bool Fits(SemVersion? version) =>
        version is null
        || (IsWhole(version.Major) && IsWhole(version.Minor) && IsWhole(version.Patch) && Core(version) is not null);

    private static bool IsWhole(BigInteger number) => number <= int.MaxValue;

    private static SemanticVersion? Core(SemVersion? version) =>
        SemanticVersion.TryParse(version?.WithoutMetadata().ToString(), out var core) ? core : null;
}
