using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests;

/// <summary>Reports what is wrong in one document, and remembers where, so that no place is blamed twice for one thing.</summary>
internal sealed class DocumentErrors(ErrorList errors, ManifestDocument document)
{
    private readonly HashSet<ManifestNode> _blamed = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether the value has been reported itself.</summary>
    public bool Blames(ManifestNode node) => node is ManifestNode.Refused || _blamed.Contains(node);

    /// <summary>Whether the value may be reported now, for the first time.</summary>
    public bool TryBlame(ManifestNode node) => node is not ManifestNode.Refused && _blamed.Add(node);

    /// <summary>About the value of a node.</summary>
    public void Blame(ManifestNode node, string path, Complaint complaint)
    {
        if (TryBlame(node))
        {
            Add(node.Place, path, complaint);
        }
    }

    public void Add(Place place, string path, Complaint complaint) => Add(place, () => path, () => complaint);

    /// <summary>For what may come by the thousand: it is described only if it is among the first.</summary>
    public void Add(Place place, Func<string> path, Func<Complaint> complaint) =>
        errors.Add(document.FileIndex, place, () => ManifestErrors.At(document.File, place, path(), complaint()));
}
