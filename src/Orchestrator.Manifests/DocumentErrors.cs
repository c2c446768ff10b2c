using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests;

/// <summary>Reports what is wrong in one document, and remembers where, so that no place is blamed twice for one thing.</summary>
internal sealed class DocumentErrors(ErrorList errors, ManifestDocument document)
{
    public const int MaxPathLength = 400;

    private readonly HashSet<ManifestNode> _blamed = new(ReferenceEqualityComparer.Instance);

    public bool AreThere { get; private set; }

    /// <summary>Whether the value has been reported itself.</summary>
    public bool Blames(ManifestNode node) => node is ManifestNode.Refused || _blamed.Contains(node);

    /// <summary>About the value of a node.</summary>
    public void Blame(ManifestNode node, string path, Complaint complaint)
    {
        if (node is not ManifestNode.Refused && _blamed.Add(node))
        {
            Add(node.Place, path, complaint);
        }
    }

    public void Add(Place place, string path, Complaint complaint)
    {
        AreThere = true;
        errors.Add(
            document.FileIndex,
            new ManifestError
            {
                File = document.File,
                Line = place.Line,
                Column = place.Column,
                Path = Shown.Cut(path, MaxPathLength),
                Code = complaint.Code,
                Message = complaint.Message,
                Hint = complaint.Hint,
            }
        );
    }
}
