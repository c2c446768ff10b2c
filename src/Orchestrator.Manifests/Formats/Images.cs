using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

internal static class Images
{
    public static ImageReference? Read(string text, Complain complain)
    {
        if (ImageReference.TryParse(text, out var image))
        {
            return image;
        }

        complain(text.Contains('@', StringComparison.Ordinal) ? Malformed(text) : NotByDigest(text));
        return null;
    }

    private static Complaint NotByDigest(string text)
    {
        // The colon of a registry's port comes before a slash; that of a tag does not.
        var colon = text.LastIndexOf(':');
        var name = colon > text.LastIndexOf('/') ? text[..colon] : text;
        return new Complaint(
            ManifestErrorCodes.ImageNotByDigest,
            $"{Shown.Quoted(text)} names an image by tag, which can move to another image.",
            $"Get the digest with 'skopeo inspect --format {{{{.Digest}}}} docker://{Shown.Cut(text, 60)}' "
                + $"and write '{Shown.Cut(name, 60)}@sha256:' and its 64 hexadecimal digits."
        );
    }

    private static Complaint Malformed(string text) =>
        new(
            ManifestErrorCodes.InvalidImage,
            $"{Shown.Quoted(text)} is not an image by digest.",
            "Write name@sha256:DIGEST without a tag: the name in lower case, the digest with 64 digits of 0-9 and a-f."
        );
}
