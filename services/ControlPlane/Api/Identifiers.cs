using Orchestrator.Core;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Names in requests that have no type of their own.</summary>
internal static class Identifiers
{
    /// <summary>Channels follow the rule of all names.</summary>
    public static bool IsChannel(string text) => StageName.TryParse(text, out _);

    /// <summary>As a shell accepts it.</summary>
    public static bool IsVariable(string text) =>
        text.Length is > 0 and <= 255
        && !char.IsAsciiDigit(text[0])
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
}
