using System.Collections.Immutable;
using System.Diagnostics;

namespace Orchestrator.Manifests;

/// <summary>The JSON Schemas (draft-07) of <c>schemas/manifests</c>, as they are built in and served.</summary>
public static class ManifestSchemas
{
    private const string Prefix = "schemas/";

    /// <summary>File names, such as <c>service.json</c>; <c>manifest.json</c> covers all kinds and refers to the others.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        .. typeof(ManifestSchemas)
            .Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The schema's text, or null if there is none of the name.</summary>
    public static string? Read(string name)
    {
        if (!Names.Contains(name, StringComparer.Ordinal))
        {
            return null;
        }

        using var stream =
            typeof(ManifestSchemas).Assembly.GetManifestResourceStream(Prefix + name)
            ?? throw new UnreachableException($"{name} is listed but not there.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
