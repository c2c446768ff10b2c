namespace Orchestrator.Core.Catalog;

/// <summary>
/// Where a version was made from. It is no part of the content: what is published again from another commit is the same
/// version, and keeps what was said first.
/// </summary>
/// <param name="Repository">
/// Its address, as one would clone it or look at it: <c>https://…</c>, <c>ssh://…</c> or <c>git@host:path</c>, without a password;
/// at most <see cref="MaxLength"/> characters.
/// </param>
/// <param name="Commit">All of its 40 or 64 hexadecimal digits, in lower case.</param>
public sealed record Provenance(string Repository, string Commit)
{
    public const int MaxLength = 500;

    private const int Sha1Digits = 40;
    private const int Sha256Digits = 64;

    public static bool IsCommit(string text) =>
        text.Length is Sha1Digits or Sha256Digits
        && text.All(char.IsAsciiHexDigit)
        && !text.Any(char.IsAsciiLetterUpper);

    /// <summary>False also for one with a password or token in it, which everybody could read.</summary>
    public static bool IsRepository(string text)
    {
        if (text.Length is 0 or > MaxLength || text.Any(each => char.IsWhiteSpace(each) || char.IsControl(each)))
        {
            return false;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && text.Contains("://", StringComparison.Ordinal))
        {
            return uri.Scheme switch
            {
                "https" or "http" => uri.UserInfo.Length == 0 && uri.AbsolutePath.Length > 1,
                "ssh" => !uri.UserInfo.Contains(':', StringComparison.Ordinal) && uri.AbsolutePath.Length > 1,
                _ => false,
            };
        }

        // git@host:path
        var (at, colon) = (text.IndexOf('@', StringComparison.Ordinal), text.IndexOf(':', StringComparison.Ordinal));
        return at > 0 && colon > at + 1 && colon < text.Length - 1 && !text.Contains("//", StringComparison.Ordinal);
    }
}
