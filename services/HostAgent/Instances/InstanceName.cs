namespace Orchestrator.HostAgent.Instances;

/// <summary>Instances' ids become names of files, containers and control groups, so nothing else may be in them.</summary>
internal static class InstanceName
{
    /// <summary>Room for a generation and a suffix within the 255 bytes of a file's name.</summary>
    private const int MaxLength = 200;

    public static bool IsValid(string text) =>
        text.Length is > 0 and <= MaxLength
        && char.IsAsciiLetterLower(text[0])
        && text.All(character =>
            char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '.'
        );
}
