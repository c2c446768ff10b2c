using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Core;

/// <summary>What a host's label or attribute must be. A host that lacks it satisfies only <see cref="NoneOf"/> and <see cref="Absent"/>.</summary>
public abstract record HostConstraint
{
    private HostConstraint() { }

    public abstract string Attribute { get; init; }

    /// <summary>For people, behind the attribute's name: <c>is one of ssd, nvme</c>.</summary>
    public abstract string Wish { get; }

    /// <param name="value">Null for a host without the attribute.</param>
    public abstract bool Admits(string? value);

    public sealed record OneOf(string Attribute, ImmutableArray<string> Values) : HostConstraint
    {
        public override string Wish =>
            Values.Length == 1 ? $"is {Values[0]}" : $"is one of {string.Join(", ", Values)}";

        public override bool Admits(string? value) =>
            value is not null && Values.Contains(value, StringComparer.Ordinal);
    }

    public sealed record NoneOf(string Attribute, ImmutableArray<string> Values) : HostConstraint
    {
        public override string Wish =>
            Values.Length == 1 ? $"is not {Values[0]}" : $"is none of {string.Join(", ", Values)}";

        public override bool Admits(string? value) => value is null || !Values.Contains(value, StringComparer.Ordinal);
    }

    public sealed record Present(string Attribute) : HostConstraint
    {
        public override string Wish => "is there";

        public override bool Admits(string? value) => value is not null;
    }

    public sealed record Absent(string Attribute) : HostConstraint
    {
        public override string Wish => "is not there";

        public override bool Admits(string? value) => value is null;
    }

    /// <summary>A whole number above a bound; what is no number is refused.</summary>
    public sealed record Above(string Attribute, long Bound) : HostConstraint
    {
        public override string Wish => string.Create(CultureInfo.InvariantCulture, $"is above {Bound}");

        public override bool Admits(string? value) => Number(value) > Bound;
    }

    /// <summary>A whole number below a bound; what is no number is refused.</summary>
    public sealed record Below(string Attribute, long Bound) : HostConstraint
    {
        public override string Wish => string.Create(CultureInfo.InvariantCulture, $"is below {Bound}");

        public override bool Admits(string? value) => Number(value) < Bound;
    }

    /// <summary>
    /// A version from a lowest, included, to a highest, excluded; an empty bound is none. <see cref="DottedNumber"/> says
    /// what a version is, and a bound that is none admits nothing.
    /// </summary>
    public sealed record VersionBetween(string Attribute, string From, string Before) : HostConstraint
    {
        public override string Wish =>
            (From, Before) switch
            {
                ("", "") => "is a version",
                ("", _) => $"is a version before {Before}",
                (_, "") => $"is version {From} or later",
                _ => $"is a version from {From} to before {Before}",
            };

        public override bool Admits(string? value) =>
            DottedNumber.TryParse(value, out var version)
            && (From.Length == 0 || (DottedNumber.TryParse(From, out var from) && version.CompareTo(from) >= 0))
            && (Before.Length == 0 || (DottedNumber.TryParse(Before, out var before) && version.CompareTo(before) < 0));
    }

    private static long? Number(string? value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
