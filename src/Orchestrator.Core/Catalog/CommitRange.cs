namespace Orchestrator.Core.Catalog;

/// <summary>The commits of a repository after <paramref name="From"/>, up to <paramref name="To"/>.</summary>
/// <param name="From">Null for all up to the other one.</param>
public sealed record CommitRange(string Repository, string? From, string To)
{
    private const string GitEnding = ".git";

    /// <summary>Where the host of the repository shows the difference; empty where it is none of which the form is known.</summary>
    public string CompareUrl => From is null || Site() is not { } site ? "" : Compare(site, From, To);

    /// <summary>
    /// GitHub's and Gitea's (Forgejo's) form is <c>/compare/A...B</c>, GitLab's <c>/-/compare/A...B</c>, Bitbucket's has the newer
    /// one first.
    /// </summary>
    private static string Compare(Uri site, string from, string to)
    {
        var address = site.GetLeftPart(UriPartial.Path);
        return KindOf(site.Host) switch
        {
            "github" or "gitea" => $"{address}/compare/{from}...{to}",
            "gitlab" => $"{address}/-/compare/{from}...{to}",
            "bitbucket" => $"{address}/branches/compare/{to}..{from}",
            _ => "",
        };
    }

    /// <summary>By the well-known hosts, and by the first part of the name where people run their own.</summary>
    private static string KindOf(string host) =>
        (host, host.Split('.')[0]) switch
        {
            ("github.com", _) or (_, "github") => "github",
            ("gitlab.com", _) or (_, "gitlab") => "gitlab",
            ("bitbucket.org", _) => "bitbucket",
            ("codeberg.org", _) or ("gitea.com", _) or (_, "gitea" or "forgejo") => "gitea",
            _ => "",
        };

    /// <summary>The repository's page; null if the address has no host.</summary>
    private Uri? Site()
    {
        var text = Repository.Contains("://", StringComparison.Ordinal)
            ? Repository
            : $"ssh://{Repository.Replace(':', '/')}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            return null;
        }

        var path = uri.AbsolutePath.TrimEnd('/');
        path = path.EndsWith(GitEnding, StringComparison.Ordinal) ? path[..^GitEnding.Length] : path;
        // What is reached over SSH has its page on the usual port of HTTPS.
        var page = uri.Scheme is "http" or "https" ? uri.GetLeftPart(UriPartial.Authority) : $"https://{uri.Host}";
        return new Uri(page + path);
    }
}
