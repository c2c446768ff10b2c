using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Core;

/// <summary>A version as of semver.org 2.0.0, without build metadata: two builds of one version must not differ.</summary>
public sealed record SemanticVersion : IComparable<SemanticVersion>
{
    private const int MaxLength = 100;

    private SemanticVersion(int major, int minor, int patch, string prerelease) =>
        (Major, Minor, Patch, Prerelease) = (major, minor, patch, prerelease);

    public int Major { get; }

    public int Minor { get; }

    public int Patch { get; }

    /// <summary>Dot-separated, empty for a release.</summary>
    public string Prerelease { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out SemanticVersion? version)
    {
        version = null;
        if (text is not { Length: > 0 and <= MaxLength })
        {
            return false;
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var numbers = (dash < 0 ? text : text[..dash]).Split('.');
        var prerelease = dash < 0 ? "" : text[(dash + 1)..];
        if (
            numbers.Length == 3
            && TryNumber(numbers[0], out var major)
            && TryNumber(numbers[1], out var minor)
            && TryNumber(numbers[2], out var patch)
            && (dash < 0 || prerelease.Split('.').All(IsPrereleasePart))
        )
        {
            version = new SemanticVersion(major, minor, patch, prerelease);
        }

        return version is not null;
    }

    /// <exception cref="FormatException">The text is not a version.</exception>
    public static SemanticVersion Parse(string text) =>
        TryParse(text, out var version) ? version : throw new FormatException($"'{text}' is not MAJOR.MINOR.PATCH.");

    public int CompareTo(SemanticVersion? other)
    {
        if (other is null)
        {
            return 1;
        }

        var byNumbers = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        return byNumbers != 0 ? byNumbers : ComparePrerelease(Prerelease, other.Prerelease);
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Major}.{Minor}.{Patch}{(Prerelease.Length == 0 ? "" : "-")}{Prerelease}"
        );

    private static int ComparePrerelease(string left, string right)
    {
        if (left.Length == 0 || right.Length == 0)
        {
            return right.Length.CompareTo(left.Length); // A release comes after its pre-releases.
        }

        var (leftParts, rightParts) = (left.Split('.'), right.Split('.'));
        for (var index = 0; index < Math.Min(leftParts.Length, rightParts.Length); index++)
        {
            var order = ComparePart(leftParts[index], rightParts[index]);
            if (order != 0)
            {
                return order;
            }
        }

        return leftParts.Length.CompareTo(rightParts.Length);
    }

    private static int ComparePart(string left, string right) =>
        (left.All(char.IsAsciiDigit), right.All(char.IsAsciiDigit)) switch
        {
            // No leading zeros, so the longer number is the larger one, however long it is.
            (true, true) when left.Length != right.Length => left.Length.CompareTo(right.Length),
            (true, false) => -1,
            (false, true) => 1,
            _ => string.CompareOrdinal(left, right),
        };

    private static bool TryNumber(string text, out int number)
    {
        number = 0;
        return (text.Length == 1 || !text.StartsWith('0'))
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsPrereleasePart(string part) =>
        part.Length > 0
        && part.All(character => char.IsAsciiLetterOrDigit(character) || character == '-')
        && (part.Length == 1 || part[0] != '0' || !part.All(char.IsAsciiDigit));
}
