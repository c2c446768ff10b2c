namespace Orchestrator.Cli.Images;

/// <summary>The names that an image reference may have, as in the OCI distribution specification.</summary>
internal static class ImageName
{
    private const int MaxLength = 255;

    public static bool IsValid(string name) => name.Length <= MaxLength && name.Split('/').All(IsPart);

    private static bool IsPart(string part) =>
        part.Length > 0
        && IsLetterOrDigit(part[0])
        && IsLetterOrDigit(part[^1])
        && part.All(character => IsLetterOrDigit(character) || character is '.' or '_' or '-');

    private static bool IsLetterOrDigit(char character) =>
        char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character);
}
