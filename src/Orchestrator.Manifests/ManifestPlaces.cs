using System.Collections.Frozen;
using System.Collections.Immutable;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Manifests.Drafts;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests;

/// <summary>Where accepted objects stand in their files, for what only the whole fleet shows to be wrong with them.</summary>
public sealed class ManifestPlaces
{
    private readonly FrozenDictionary<string, ManifestDocument> _documents;

    internal ManifestPlaces(IEnumerable<Draft> drafts) =>
        _documents = drafts.ToFrozenDictionary(draft => draft.Subject, draft => draft.Document, StringComparer.Ordinal);

    /// <summary>The same as errors of the files, in order of file and place.</summary>
    public ImmutableArray<ManifestError> Locate(IEnumerable<RefusedPlace> refused)
    {
        var errors = new ErrorList();
        foreach (var each in refused)
        {
            var document = _documents[each.Subject];
            new DocumentErrors(errors, document).Add(
                NodePath.PlaceOf(document.Root, each.Path),
                each.Path,
                new Complaint(each.Code, each.Message, each.Hint)
            );
        }

        return errors.ToErrors();
    }
}
