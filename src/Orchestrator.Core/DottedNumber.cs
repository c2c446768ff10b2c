using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Core;

/// <summary>
/// A version as kernels and tools write it: numbers with dots, then whatever a distribution adds, such as
/// <c>6.1.0-18-amd64</c>. Only the numbers count, and missing ones are 0.
/// </summary>
public sealed record DottedNumber : IComparable<DottedNumber>
{
    /// <summary>No program has more parts, and labels come from hosts.</summary>
    private const int MaxParts = 8;

    private readonly ImmutableArray<int> _parts;

    private DottedNumber(ImmutableArray<int> parts) => _parts = parts;

    public static bool TryParse(string? text, [NotNullWhen(true)] out DottedNumber? version)
    {
        version = null;
        var parts = ImmutableArray.CreateBuilder<int>();
        var rest = text.AsSpan();
        while (parts.Count < MaxParts)
        {
            var length = rest.IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? rest.Length : end;
            if (!int.TryParse(rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var part))
            {
                return false;
            }

            parts.Add(part);
            rest = rest[length..];
            if (rest.Length < 2 || rest[0] != '.' || !char.IsAsciiDigit(rest[1]))
            {
                break;
            }

            rest = rest[1..];
        }

        version = new DottedNumber(parts.ToImmutable());
        return true;
    }

    public int CompareTo(DottedNumber? other)
    {
        if (other is null)
        {
            return 1;
        }

        for (var index = 0; index < Math.Max(_parts.Length, other._parts.Length); index++)
        {
            if (Part(index).CompareTo(other.Part(index)) is var order && order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    public bool Equals(DottedNumber? other) => CompareTo(other) == 0;

    public override int GetHashCode() =>
        _parts.Reverse().SkipWhile(part => part == 0).Aggregate(0, (hash, part) => (hash * 31) + part);

    public override string ToString() => string.Join('.', _parts);

    private int Part(int index) => index < _parts.Length ? _parts[index] : 0;
}
