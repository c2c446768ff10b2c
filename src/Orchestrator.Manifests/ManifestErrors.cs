using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests;

internal static class ManifestErrors
{
    /// <summary>The longest path of known fields has 60 characters; keys that are not known may be long, and deep.</summary>
    private const int MaxPathLength = 400;

    /// <summary>About the whole of a file, or of all files.</summary>
    public static readonly Place Nowhere = new(Line: 0, Column: 0);

    public static ManifestError At(string file, Place place, string path, Complaint complaint) =>
        new()
        {
            File = file,
            Line = place.Line,
            Column = place.Column,
            Path = Shown.Cut(path, MaxPathLength),
            Code = complaint.Code,
            Message = complaint.Message,
            Hint = complaint.Hint,
        };
}
