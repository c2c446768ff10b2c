using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Orchestrator.HostAgent;

/// <summary>What <see cref="HostAgentOptions.Resources"/> may be.</summary>
internal static class CountedResources
{
    /// <summary>A control plane takes no more names from a host, and no higher counts.</summary>
    private const int MaxResources = 32;

    private const int MaxCount = 1_000_000;
    private const int MaxNameLength = 63;

    public static IEnumerable<ValidationResult> Validate(IDictionary<string, string> resources)
    {
        foreach (var (name, count) in resources)
        {
            if (!IsResourceName(name) || !IsCount(count))
            {
                yield return new ValidationResult(
                    $"Agent:Resources:{name}={count} is not a resource: a name has lower-case letters, digits, hyphens and dots, begins with a letter, ends in a letter or digit and is at most 63 long; a count is 0 to {MaxCount}.",
                    [nameof(HostAgentOptions.Resources)]
                );
            }
        }

        if (resources.Count > MaxResources)
        {
            yield return new ValidationResult(
                $"Agent:Resources has {resources.Count} names; at most {MaxResources} are taken.",
                [nameof(HostAgentOptions.Resources)]
            );
        }
    }

    private static bool IsResourceName(string name) =>
        name.Length is > 0 and <= MaxNameLength
        && char.IsAsciiLetterLower(name[0])
        && char.IsAsciiLetterOrDigit(name[^1])
        && name.All(character =>
            char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '.'
        );

    private static bool IsCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MaxCount;
}
