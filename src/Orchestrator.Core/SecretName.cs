using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>The name of a secret that services use.</summary>
public sealed record SecretName : Identifier
{
    private SecretName(string value)
        : base(value) { }

    public static bool TryParse(string? text, [NotNullWhen(true)] out SecretName? name)
    {
        name = IsName(text) ? new SecretName(text) : null;
        return name is not null;
    }

    /// <exception cref="FormatException">The text is not a name; for text that was checked before.</exception>
    public static SecretName Parse(string text) =>
        TryParse(text, out var name) ? name : throw NotA("secret name", text);
}
