using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The name of a team that publishes.</summary>
public sealed record TeamName : Identifier
{
    private TeamName(string value)
        : base(value) { }

    public static bool TryParse(string? text, [NotNullWhen(true)] out TeamName? name)
    {
        name = IsName(text) ? new TeamName(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static TeamName Parse(string text) => TryParse(text, out var name) ? name : throw NotA("team name", text);
}
