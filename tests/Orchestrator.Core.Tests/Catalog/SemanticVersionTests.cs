using CsCheck;

namespace Orchestrator.Core.Tests.Catalog;

public sealed class SemanticVersionTests
{
    /// <summary>The order of semver.org 2.0.0, clause 11, with its own examples.</summary>
    private static readonly string[] Ascending =
    [
        "0.0.0",
        "0.0.1",
        "0.2.0",
        "1.0.0-0",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-99999999999999999999",
        "1.0.0-100000000000000000000",
        "1.0.0--",
        "1.0.0-0a",
        "1.0.0-Beta",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.9.0",
        "1.10.0",
        "2.0.0",
        "10.0.0",
        "2147483647.2147483647.2147483647",
    ];

    private static readonly Gen<string> AnyPart = Gen.OneOf("0", "1", "2", "10", "a", "A", "-", "a1");

    private static readonly Gen<SemanticVersion> AnyVersion = Gen.Select(
        Gen.Int[0, 2],
        Gen.Int[0, 1],
        AnyPart.Array[0, 3],
        (major, patch, parts) =>
            SemanticVersion.Parse($"{major}.0.{patch}{(parts.Length == 0 ? "" : "-")}{string.Join('.', parts)}")
    );

    [Fact]
    public void Versions_sort_by_precedence()
    {
        var versions = Ascending.Select(SemanticVersion.Parse).ToList();

        for (var left = 0; left < versions.Count; left++)
        {
            for (var right = 0; right < versions.Count; right++)
            {
                Assert.Equal(Math.Sign(left - right), Math.Sign(versions[left].CompareTo(versions[right])));
            }
        }
    }

    [Fact]
    public void The_order_is_total_and_agrees_with_equality() =>
        Gen.Select(AnyVersion, AnyVersion, AnyVersion)
            .Sample(
                (first, second, third) =>
                {
                    Assert.Equal(Math.Sign(first.CompareTo(second)), -Math.Sign(second.CompareTo(first)));
                    Assert.Equal(first == second, first.CompareTo(second) == 0);
                    if (first.CompareTo(second) <= 0 && second.CompareTo(third) <= 0)
                    {
                        Assert.True(first.CompareTo(third) <= 0);
                    }
                },
                iter: 5000
            );

    [Fact]
    public void Any_version_comes_after_none() => Assert.True(SemanticVersion.Parse("0.0.0").CompareTo(null) > 0);

    [Fact]
    public void Text_comes_back_as_it_was_written() =>
        Assert.All(Ascending, text => Assert.Equal(text, SemanticVersion.Parse(text).ToString()));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.2")]
    [InlineData("1.2.3.4")]
    [InlineData("v1.2.3")]
    [InlineData("01.2.3")]
    [InlineData("1.02.3")]
    [InlineData("1.2.03")]
    [InlineData("1.2.-3")]
    [InlineData("+1.2.3")]
    [InlineData(" 1.2.3")]
    [InlineData("1.2.3 ")]
    [InlineData("1.2.3\n")]
    [InlineData("1..3")]
    [InlineData("2147483648.0.0")]
    [InlineData("1.2.3-")]
    [InlineData("1.2.3-a..b")]
    [InlineData("1.2.3-01")]
    [InlineData("1.2.3-a.01")]
    [InlineData("1.2.3-a_b")]
    [InlineData("1.2.3-ä")]
    [InlineData("1.2.3+build")]
    [InlineData("1.2.3-a+build")]
    [InlineData("١.2.3")]
    [InlineData("latest")]
    public void What_is_not_a_version_is_refused(string? text)
    {
        Assert.False(SemanticVersion.TryParse(text, out var version));
        Assert.Null(version);
    }

    [Fact]
    public void A_version_is_a_hundred_characters_at_most()
    {
        var longest = "1.2.3-" + new string('a', 94);

        Assert.True(SemanticVersion.TryParse(longest, out _));
        Assert.False(SemanticVersion.TryParse(longest + "a", out _));
        Assert.Throws<FormatException>(() => SemanticVersion.Parse(longest + "a"));
    }
}
