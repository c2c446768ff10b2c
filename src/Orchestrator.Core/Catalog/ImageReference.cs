using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Catalog;

/// <summary>An image by digest, <c>name@sha256:…</c>. A tag can move, so there is no way to write one here.</summary>
public sealed record ImageReference
{
    private const string Separator = "@sha256:";
    private const int HexLength = 64;
    private const int MaxNameLength = 255;

    private ImageReference(string name, string hex) => (Name, Hex) = (name, hex);

    /// <summary>Path components of lower-case letters, digits and <c>._-</c>, as in the OCI distribution specification.</summary>
    public string Name { get; }

    public string Hex { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out ImageReference? image)
    {
        var cut = text?.IndexOf(Separator, StringComparison.Ordinal) ?? -1;
        image =
            cut is > 0 and <= MaxNameLength
            && text is not null
            && IsRepository(text[..cut])
            && text.Length == cut + Separator.Length + HexLength
            && text[(cut + Separator.Length)..].All(char.IsAsciiHexDigitLower)
                ? new ImageReference(text[..cut], text[(cut + Separator.Length)..])
                : null;
        return image is not null;
    }

    /// <exception cref="FormatException">The text is not an image by digest.</exception>
    public static ImageReference Parse(string text) =>
        TryParse(text, out var image) ? image : throw new FormatException($"'{text}' is not name@sha256:….");

    /// <summary>As hosts are asked whether they hold it.</summary>
    public long Key => ImageKey.Of(Hex);

    public override string ToString() => $"{Name}{Separator}{Hex}";

    /// <summary>Only a registry's host, which needs a path behind it, may have a port: elsewhere a colon begins a tag.</summary>
    private static bool IsRepository(string name)
    {
        var parts = name.Split('/');
        return parts.All(IsComponent)
            && parts.Skip(parts.Length > 1 ? 1 : 0).All(part => !part.Contains(':', StringComparison.Ordinal));
    }

    private static bool IsComponent(string part) =>
        part.Length > 0
        && char.IsAsciiLetterOrDigit(part[0])
        && char.IsAsciiLetterOrDigit(part[^1])
        && part.All(character =>
            char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '.' or '_' or '-' or ':'
        );
}
