using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>Absolute paths that need no quoting anywhere: no dots as a part, no characters that separate options.</summary>
internal static class MountPaths
{
    private const int MaxLength = 500;

    /// <summary>What every container has of its own, and what hides the whole image.</summary>
    private static readonly string[] Taken = ["/proc", "/sys", "/dev"];

    public static string? Read(string text, Complain complain)
    {
        if (ReadOfHost(text, complain) is null)
        {
            return null;
        }

        if (Array.Exists(Taken, taken => text == taken || text.StartsWith(taken + "/", StringComparison.Ordinal)))
        {
            complain(
                new Complaint(
                    ManifestErrorCodes.InvalidPath,
                    $"{Shown.Quoted(text)} is where every container has something of its own.",
                    "Choose a path that is not below /proc, /sys and /dev."
                )
            );
            return null;
        }

        return text;
    }

    public static string? ReadOfHost(string text, Complain complain)
    {
        if (text.Length is > 1 and <= MaxLength && text[0] == '/' && text[1..].Split('/').All(IsPart))
        {
            return text;
        }

        complain(
            new Complaint(
                ManifestErrorCodes.InvalidPath,
                $"{Shown.Quoted(text)} is not a path that can be mounted.",
                "Write an absolute path of letters, digits and . _ @ + -, such as /etc/app/config.yaml, without . and .. as a part."
            )
        );
        return null;
    }

    private static bool IsPart(string part) =>
        part is not ("" or "." or "..")
        && part.All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '_' or '@' or '+' or '-');
}
