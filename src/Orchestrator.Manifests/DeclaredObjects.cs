using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Manifests.Drafts;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests;

/// <summary>Everything that all files declare; each object once.</summary>
internal sealed class DeclaredObjects(ErrorList errors)
{
    private readonly Dictionary<(string Kind, string Identity), Draft> _first = [];
    private readonly List<Draft> _drafts = [];

    public void Add(Draft draft)
    {
        _drafts.Add(draft);
        if (draft.Identity is { } identity && !_first.TryAdd((draft.Kind, identity), draft))
        {
            new DocumentErrors(errors, draft.Document).Add(
                PlaceOf(draft),
                draft.IdentityPath,
                Duplicate(draft, identity, _first[(draft.Kind, identity)])
            );
        }
    }

    /// <summary>For documents without errors. Sorted, so that the order of files does not show.</summary>
    public ManifestSet ToManifestSet() =>
        new(
            Sorted<PoolDraft>().Select(draft => draft.ToPool()).ToImmutableArray(),
            Sorted<ServiceDraft>().Select(draft => draft.ToService()).ToImmutableArray(),
            Sorted<VersionDraft>()
                .Select(draft => draft.ToOrder())
                .OrderBy(order => order.Service)
                .ThenBy(order => order.Number)
                .ToImmutableArray(),
            Sorted<LineDraft>().Select(draft => draft.ToLine()).ToImmutableArray()
        )
        {
            Windows = [.. Sorted<WindowDraft>().Select(draft => draft.ToWindow())],
            Teams = [.. Sorted<TeamDraft>().Select(draft => draft.ToTeam())],
        };

    /// <summary>For documents without errors.</summary>
    public ManifestPlaces ToPlaces() => new(_drafts);

    private IEnumerable<T> Sorted<T>()
        where T : Draft => _drafts.OfType<T>().OrderBy(draft => draft.Identity, StringComparer.Ordinal);

    private static Place PlaceOf(Draft draft) => NodePath.PlaceOf(draft.Document.Root, draft.IdentityPath);

    private static Complaint Duplicate(Draft draft, string identity, Draft first)
    {
        var place = PlaceOf(first);
        var where = string.Create(
            CultureInfo.InvariantCulture,
            $"{Shown.Cut(first.Document.File, 200)}:{place.Line}:{place.Column}"
        );
        return new Complaint(
            ManifestErrorCodes.DuplicateObject,
            $"{draft.Kind} '{identity}' is declared before, at {where}.",
            "Remove one of the two."
        );
    }
}
