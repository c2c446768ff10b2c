using System.Buffers;
using System.Security.Cryptography;

namespace Orchestrator.HostAgent.Images;

/// <summary><c>sha256:</c> and 64 lower-case hexadecimal digits; nothing else ever becomes part of a path.</summary>
internal sealed record Sha256Digest
{
    private const string Prefix = "sha256:";
    private const int HexLength = 64;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private Sha256Digest(string hex) => Hex = hex;

    public string Hex { get; }

    /// <summary>Whether these are the digits of such a digest.</summary>
    public static bool IsHex(ReadOnlySpan<char> text) => text.Length == HexLength && !text.ContainsAnyExcept(HexDigits);

    /// <exception cref="ImageRefusedException">The text is not such a digest.</exception>
    public static Sha256Digest Parse(string? text) =>
        text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && IsHex(text.AsSpan(Prefix.Length))
            ? new Sha256Digest(text[Prefix.Length..])
            : throw new ImageRefusedException($"'{Shorten(text)}' is not a SHA-256 digest.");

    /// <summary>The digest of <c>name@sha256:…</c>.</summary>
    public static Sha256Digest OfReference(string image) =>
        Parse(image[(image.IndexOf('@', StringComparison.Ordinal) + 1)..]);

    public static Sha256Digest Of(ReadOnlySpan<byte> content) => FromHash(SHA256.HashData(content));

    public static Sha256Digest FromHash(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    public override string ToString() => Prefix + Hex;

    private static string Shorten(string? text) => text is { Length: > 100 } ? text[..100] + "…" : text ?? "";
}
