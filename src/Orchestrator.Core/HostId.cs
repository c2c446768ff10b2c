using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The id of a machine that runs containers.</summary>
public sealed record HostId : Identifier
{
    private HostId(string value)
        : base(value) { }

    public static bool TryParse(string? text, [NotNullWhen(true)] out HostId? name)
    {
        name = IsName(text) ? new HostId(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static HostId Parse(string text) => TryParse(text, out var name) ? name : throw NotA("host id", text);
}
