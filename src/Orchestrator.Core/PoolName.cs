using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The name of a pool of hosts.</summary>
public sealed record PoolName : Identifier
{
    private PoolName(string value)
        : base(value) { }

    public static bool TryParse(string? text, [NotNullWhen(true)] out PoolName? name)
    {
        name = IsName(text) ? new PoolName(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static PoolName Parse(string text) => TryParse(text, out var name) ? name : throw NotA("pool name", text);
}
