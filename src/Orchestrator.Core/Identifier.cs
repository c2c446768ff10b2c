using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>A parsed, immutable text id. Ordered by ordinal comparison, so that two control planes sort alike.</summary>
public abstract record Identifier : IComparable<Identifier>
{
    /// <summary>As in DNS labels (RFC 1123): the name must fit a host name, a file name and a queue name.</summary>
    public const int MaxNameLength = 63;

    private readonly int _hash;

    private protected Identifier(string value) => (Value, _hash) = (value, value.GetHashCode(StringComparison.Ordinal));

    public string Value { get; }

    /// <summary>The text is all there is: the parts of an id follow from it.</summary>
    public virtual bool Equals(Identifier? other) =>
        ReferenceEquals(this, other)
        || (
            other is not null
            && _hash == other._hash
            && Value == other.Value
            && EqualityContract == other.EqualityContract
        );

    public override int GetHashCode() => _hash;

    public int CompareTo(Identifier? other) => string.CompareOrdinal(Value, other?.Value);

    public sealed override string ToString() => Value;

    /// <summary>A lower-case letter, then lower-case letters, digits and hyphens, not ending in a hyphen; 63 at most.</summary>
    private protected static bool IsName([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= MaxNameLength }
        && char.IsAsciiLetterLower(text[0])
        && text[^1] != '-'
        && text.All(character =>
            char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-'
        );

    private protected static FormatException NotA(string kind, string? text) =>
        new($"'{text}' is not a {kind}: lower-case letters, digits and hyphens, starting with a letter, 63 at most.");
}
