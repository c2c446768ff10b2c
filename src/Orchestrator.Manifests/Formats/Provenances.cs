using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>What versions are made from.</summary>
internal static class Provenances
{
    public static string? Repository(string text, Complain complain)
    {
        if (Provenance.IsRepository(text))
        {
            return text;
        }

        // It may have a password in it, so it is not shown.
        complain(
            new Complaint(
                ManifestErrorCodes.InvalidProvenance,
                "That is no address of a repository, or has a password in it that everybody could read.",
                "Write it as https://host/team/repo, ssh://git@host/team/repo or git@host:team/repo, without a password."
            )
        );
        return null;
    }

    public static string? Commit(string text, Complain complain)
    {
        if (Provenance.IsCommit(text))
        {
            return text;
        }

        complain(
            new Complaint(
                ManifestErrorCodes.InvalidProvenance,
                $"{Shown.Quoted(text)} is no whole commit.",
                "Write all of its 40 or 64 digits in lower case, as 'git rev-parse HEAD' says them."
            )
        );
        return null;
    }
}
