using System.CommandLine;

namespace Orchestrator.Cli.Commands;

/// <summary>What a version was made from, as options say, or else the variables that build servers set.</summary>
internal sealed record BuildProvenance(string? Repository, string? Commit)
{
    private static readonly BuildProvenance Unknown = new(null, null);

    public static (Option<string?> Repository, Option<string?> Commit) Options() =>
        (
            Parts.Text("--repository", "URL", "Where its source is. Else as the build server's variables say."),
            Parts.Text("--commit", "SHA", "What it was made from. Else as the build server's variables say.")
        );

    /// <summary>Both of one of them, or neither.</summary>
    public static BuildProvenance Of(string? repository, string? commit, Func<string, string?> variable)
    {
        if (repository is not null || commit is not null)
        {
            return new BuildProvenance(repository, commit);
        }

        return Candidates(variable).FirstOrDefault(each => each is { Repository.Length: > 0, Commit.Length: > 0 })
            ?? Unknown;
    }

    /// <summary>Ours; GitHub's, which Gitea and Forgejo have too; GitLab's; Bitbucket's; Jenkins's.</summary>
    private static IEnumerable<BuildProvenance> Candidates(Func<string, string?> variable)
    {
        yield return new BuildProvenance(variable("ORC_REPOSITORY"), variable("ORC_COMMIT"));
        if (
            variable("GITHUB_SERVER_URL") is { Length: > 0 } server
            && variable("GITHUB_REPOSITORY") is { Length: > 0 } name
        )
        {
            yield return new BuildProvenance($"{server}/{name}", variable("GITHUB_SHA"));
        }

        yield return new BuildProvenance(variable("CI_PROJECT_URL"), variable("CI_COMMIT_SHA"));
        yield return new BuildProvenance(variable("BITBUCKET_GIT_HTTP_ORIGIN"), variable("BITBUCKET_COMMIT"));
        yield return new BuildProvenance(variable("GIT_URL"), variable("GIT_COMMIT"));
    }
}
