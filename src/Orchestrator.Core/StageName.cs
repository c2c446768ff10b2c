using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The name of a stage, such as <c>prod</c>.</summary>
public sealed record StageName : Identifier
{
    private StageName(string value)
        : base(value) { }

    public static bool TryParse(string? text, [NotNullWhen(true)] out StageName? name)
    {
        name = IsName(text) ? new StageName(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static StageName Parse(string text) => TryParse(text, out var name) ? name : throw NotA("stage name", text);
}
