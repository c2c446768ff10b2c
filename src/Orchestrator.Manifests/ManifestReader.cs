using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests;

/// <summary>Makes Core types of YAML and JSON, or says everything that is wrong with it at once.</summary>
public static class ManifestReader
{
    public static ManifestReading Read(IReadOnlyList<ManifestText> files)
    {
        var errors = new ErrorList();
        var declared = new DeclaredObjects(errors);
        foreach (var document in YamlGuard.Read(files, errors))
        {
            if (Kinds.Read(document, errors) is { } draft)
            {
                declared.Add(draft);
            }
        }

        return errors.Count == 0
            ? new ManifestReading.Accepted(declared.ToManifestSet(), declared.ToPlaces())
            : new ManifestReading.Rejected(errors.ToErrors());
    }
}
