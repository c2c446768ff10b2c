using System.Text.RegularExpressions;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>What a provider is asked, with what it is asked about in double braces.</summary>
internal static partial class QueryTexts
{
    private static readonly string[] Known = ["service", "version", "stage", "instances"];

    public static string? Read(string text, Complain complain)
    {
        foreach (var name in Placeholder().Matches(text).Select(match => match.Groups["name"].Value))
        {
            if (!Known.Contains(name, StringComparer.Ordinal))
            {
                complain(
                    new Complaint(
                        ManifestErrorCodes.UnknownPlaceholder,
                        $"Nothing is known of {Shown.Quoted($"{{{{{name}}}}}")}.",
                        "Write {{service}}, {{version}}, {{stage}} or {{instances}}."
                    )
                );
                return null;
            }
        }

        if (
            !text.Contains("{{version}}", StringComparison.Ordinal)
            && !text.Contains("{{instances}}", StringComparison.Ordinal)
        )
        {
            complain(
                new Complaint(
                    ManifestErrorCodes.QueryOfBothVersions,
                    "The query does not tell the versions apart.",
                    "Write {{version}} or {{instances}} in it."
                )
            );
            return null;
        }

        return text;
    }

    [GeneratedRegex(@"\{\{(?<name>[^{}]*)\}\}", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Placeholder();
}
