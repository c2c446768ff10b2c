using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The name of an independently versioned service.</summary>
public sealed record ServiceName : Identifier
{
    private ServiceName(string value)
        : base(value) { }

    public static bool TryParse(string? text, [NotNullWhen(true)] out ServiceName? name)
    {
        name = IsName(text) ? new ServiceName(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static ServiceName Parse(string text) =>
        TryParse(text, out var name) ? name : throw NotA("service name", text);
}
