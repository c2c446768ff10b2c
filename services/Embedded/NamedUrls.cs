using System.CommandLine.Parsing;
using Orchestrator.Core;

namespace Orchestrator.Embedded;

/// <summary>Options of the form <c>NAME=URL</c>.</summary>
internal static class NamedUrls
{
    public static void Check(OptionResult result)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in result.Tokens)
        {
            if (Split(token.Value) is not var (name, url))
            {
                result.AddError(
                    $"{result.Option.Name}: '{token.Value}' is not NAME=URL, such as load-test=http://127.0.0.1:9000/gate."
                );
            }
            else if (!names.Add(name))
            {
                result.AddError($"{result.Option.Name}: '{name}' stands there twice, the second time for {url}.");
            }
        }
    }

    /// <summary>Of what has been checked.</summary>
    public static Dictionary<string, string> Read(IEnumerable<string> texts) =>
        texts.Select(Split).OfType<(string Name, string Url)>().ToDictionary(StringComparer.Ordinal);

    /// <summary>Names are those that a manifest may hold.</summary>
    private static (string Name, string Url)? Split(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return
            at > 0
            && StageName.TryParse(text[..at], out _)
            && Uri.TryCreate(text[(at + 1)..], UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https"
            ? (text[..at], text[(at + 1)..])
            : null;
    }
}
