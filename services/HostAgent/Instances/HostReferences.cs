using System.Text.RegularExpressions;

namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// Puts what only the host knows into the texts of a template, as Kubernetes writes it: <c>$(PORT)</c> is replaced,
/// <c>$$(PORT)</c> is the text <c>$(PORT)</c>, and what names nothing of the host's stays as it is.
/// </summary>
internal static partial class HostReferences
{
    /// <param name="known">Only what the host sets: so nothing can refer to itself, however long.</param>
    public static string Expand(string text, IReadOnlyDictionary<string, string> known) =>
        text.Contains("$(", StringComparison.Ordinal)
            ? Reference()
                .Replace(
                    text,
                    found =>
                    {
                        if (!known.TryGetValue(found.Groups["name"].Value, out var value))
                        {
                            return found.Value;
                        }

                        return found.Value.StartsWith("$$", StringComparison.Ordinal) ? found.Value[1..] : value;
                    }
                )
            : text;

    [GeneratedRegex(@"\$?\$\((?<name>[A-Za-z_][A-Za-z0-9_]*)\)", RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
