using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The name of a window.</summary>
public sealed record WindowName : Identifier
{
    private WindowName(string value)
        : base(value) { }

    public static bool TryParse(string? text, [NotNullWhen(true)] out WindowName? name)
    {
        name = IsName(text) ? new WindowName(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static WindowName Parse(string text) =>
        TryParse(text, out var name) ? name : throw NotA("window name", text);
}
