using Orchestrator.Core;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>Names of services, teams, stages, pools and channels. They become host, file and queue names.</summary>
internal static class Names
{
    public const string Rule =
        "lower-case letters, digits and hyphens, beginning with a letter, not ending in a hyphen, at most 63";

    public static LineName? Line(string text, Complain complain) =>
        LineName.TryParse(text, out var name) ? name : Refuse<LineName>(text, complain);

    public static ServiceName? Service(string text, Complain complain) =>
        ServiceName.TryParse(text, out var name) ? name : Refuse<ServiceName>(text, complain);

    public static TeamName? Team(string text, Complain complain) =>
        TeamName.TryParse(text, out var name) ? name : Refuse<TeamName>(text, complain);

    public static StageName? Stage(string text, Complain complain) =>
        StageName.TryParse(text, out var name) ? name : Refuse<StageName>(text, complain);

    public static PoolName? Pool(string text, Complain complain) =>
        PoolName.TryParse(text, out var name) ? name : Refuse<PoolName>(text, complain);

    public static WindowName? Window(string text, Complain complain) =>
        WindowName.TryParse(text, out var name) ? name : Refuse<WindowName>(text, complain);

    /// <summary>Groups of people have no type of their own, but the same rule.</summary>
    public static string? Group(string text, Complain complain) => Stage(text, complain)?.Value;

    public static SecretName? Secret(string text, Complain complain) =>
        SecretName.TryParse(text, out var name) ? name : Refuse<SecretName>(text, complain);

    /// <summary>Metrics, their providers and webhooks have no type of their own, but the same rule.</summary>
    public static string? Metric(string text, Complain complain) => Stage(text, complain)?.Value;

    /// <summary>Channels have no type of their own, but the same rule.</summary>
    public static string? Channel(string text, Complain complain) => Stage(text, complain)?.Value;

    private static T? Refuse<T>(string text, Complain complain)
        where T : class
    {
        complain(
            new Complaint(
                ManifestErrorCodes.InvalidName,
                $"{Shown.Quoted(text)} is not a name: {Reason(text)}.",
                Proposal(text) is { } proposal ? $"Try '{proposal}'. Names have {Rule}." : $"Names have {Rule}."
            )
        );
        return null;
    }

    private static string Reason(string text)
    {
        if (text.Length == 0)
        {
            return "it is empty";
        }

        if (text.Length > Identifier.MaxNameLength)
        {
            return "it is longer than 63 characters";
        }

        if (text.Contains('/', StringComparison.Ordinal) || text.Contains("..", StringComparison.Ordinal))
        {
            return "it looks like a path";
        }

        if (text.Any(char.IsAsciiLetterUpper))
        {
            return "it has upper-case letters";
        }

        if (!text.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'))
        {
            return "it has other characters than letters, digits and hyphens";
        }

        return char.IsAsciiLetter(text[0]) ? "it ends in a hyphen" : "it does not begin with a letter";
    }

    /// <summary>The nearest name, unless the text looks like an attempt at something else.</summary>
    private static string? Proposal(string text)
    {
        if (text.Length > Identifier.MaxNameLength || text.Contains('/', StringComparison.Ordinal))
        {
            return null;
        }

        var proposal = string.Concat(
                text.Select(character => char.IsAsciiLetterOrDigit(character) ? char.ToLowerInvariant(character) : '-')
            )
            .Trim('-');
        return ServiceName.TryParse(proposal, out var name) ? name.Value : null;
    }
}
