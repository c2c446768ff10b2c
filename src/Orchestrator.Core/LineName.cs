using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The name of a line; that of its service unless the service has several.</summary>
public sealed record LineName : Identifier
{
    private LineName(string value)
        : base(value) { }

    /// <summary>Of a line that has no name of its own.</summary>
    public static LineName Of(ServiceName service) => new(service.Value);

    public static bool TryParse(string? text, [NotNullWhen(true)] out LineName? name)
    {
        name = IsName(text) ? new LineName(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static LineName Parse(string text) => TryParse(text, out var name) ? name : throw NotA("line name", text);
}
