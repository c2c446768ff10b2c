using System.Collections.Immutable;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What a service gets, or loses, when one version takes the place of another. Pure.</summary>
/// <param name="From">Null where none ran.</param>
/// <param name="Versions">What comes with it, or on a way back what is taken away; the newest first.</param>
/// <param name="More">How many older ones are left out.</param>
/// <param name="Commits">Null where they are not known, or none lie between; the remarks say why.</param>
/// <param name="Remarks">Whole sentences for people.</param>
public sealed record ReleaseNotes(
    ServiceName Service,
    SemanticVersion? From,
    SemanticVersion To,
    ImmutableArray<NotedVersion> Versions,
    int More,
    CommitRange? Commits,
    ImmutableArray<string> Remarks
)
{
    /// <summary>More do not fit on anybody's screen.</summary>
    public const int MaxVersions = 50;

    /// <summary>Of fields that are different.</summary>
    public const int MaxChanges = 20;

    public bool IsWayBack => From is not null && To.CompareTo(From) < 0;

    /// <param name="published">All that are published of the service.</param>
    public static ReleaseNotes Between(IEnumerable<ServiceVersion> published, ServiceVersion? from, ServiceVersion to)
    {
        var isBack = from is not null && to.Number.CompareTo(from.Number) < 0;
        var (low, high) = isBack ? (to, from!) : (from, to);
        var ascending = published
            .Where(each => IsBetween(each.Number, low?.Number, high.Number))
            .OrderBy(each => each.Number)
            .ToList();
        var noted = ascending
            .Select((each, index) => NotedVersion.Of(index == 0 ? low : ascending[index - 1], each))
            .Reverse()
            .ToList();
        return new ReleaseNotes(
            to.Service,
            from?.Number,
            to.Number,
            [.. noted.Take(MaxVersions)],
            Math.Max(0, noted.Count - MaxVersions),
            NotedVersion.RangeOf(low, high),
            [.. RemarksOn(from, to)]
        );
    }

    /// <summary>Where nothing ran there is nothing to list but the version itself.</summary>
    private static bool IsBetween(SemanticVersion number, SemanticVersion? low, SemanticVersion high) =>
        low is null ? number.CompareTo(high) == 0 : number.CompareTo(low) > 0 && number.CompareTo(high) <= 0;

    private static IEnumerable<string> RemarksOn(ServiceVersion? from, ServiceVersion to)
    {
        if (from is null)
        {
            yield return "Nothing ran there before.";
        }
        else if (from.Number == to.Number)
        {
            yield return $"{to.Number} runs there already.";
            yield break;
        }
        else if (to.Number.CompareTo(from.Number) < 0)
        {
            yield return $"This goes back: it takes away what {from.Number} had brought.";
        }

        if (from is not null && from.Template.Image == to.Template.Image)
        {
            yield return "Only the configuration is another; the image is the same.";
        }

        foreach (var version in new[] { from, to }.OfType<ServiceVersion>().Where(each => each.Provenance is null))
        {
            yield return $"{version.Number} was published without its repository and commit.";
        }

        if (from?.Provenance is { } old && to.Provenance is { } @new)
        {
            if (old.Repository != @new.Repository)
            {
                yield return $"The repository is another: {old.Repository} before, {@new.Repository} now.";
            }
            else if (old.Commit == @new.Commit)
            {
                yield return $"Both were made from commit {@new.Commit}.";
            }
        }
    }
}

/// <summary>A version beside the one that was published below it.</summary>
/// <param name="Commits">Null where they are not known.</param>
/// <param name="IsConfigurationOnly">Whether its image is that of the version below it.</param>
/// <param name="Changes">Of its configuration, each <c>path: before → after</c>; some, if there are many.</param>
public sealed record NotedVersion(
    ServiceVersion Version,
    CommitRange? Commits,
    bool IsConfigurationOnly,
    ImmutableArray<string> Changes
)
{
    internal static NotedVersion Of(ServiceVersion? below, ServiceVersion version)
    {
        var isConfigurationOnly = below is not null && below.Template.Image == version.Template.Image;
        return new NotedVersion(
            version,
            RangeOf(below, version),
            isConfigurationOnly,
            isConfigurationOnly
                ?
                [
                    .. ManifestFields
                        .Differences(ManifestFields.Of(below!), ManifestFields.Of(version))
                        .Take(ReleaseNotes.MaxChanges),
                ]
                : []
        );
    }

    internal static CommitRange? RangeOf(ServiceVersion? below, ServiceVersion version)
    {
        if (version.Provenance is not { } made)
        {
            return null;
        }

        if (below is null)
        {
            return new CommitRange(made.Repository, From: null, made.Commit);
        }

        return below.Provenance is { } before && before.Repository == made.Repository && before.Commit != made.Commit
            ? new CommitRange(made.Repository, before.Commit, made.Commit)
            : null;
    }
}
