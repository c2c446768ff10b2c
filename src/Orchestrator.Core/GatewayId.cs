using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The id of one gateway process.</summary>
public sealed record GatewayId : Identifier
{
    private GatewayId(string value)
        : base(value) { }

    public static bool TryParse(string? text, [NotNullWhen(true)] out GatewayId? name)
    {
        name = IsName(text) ? new GatewayId(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static GatewayId Parse(string text) => TryParse(text, out var name) ? name : throw NotA("gateway id", text);
}
