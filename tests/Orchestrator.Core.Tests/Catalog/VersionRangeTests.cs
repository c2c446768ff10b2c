using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Tests.Catalog;

public sealed class VersionRangeTests
{
    [Theory]
    [InlineData(true, true, "1.0.0 1.5.0 2.0.0")]
    [InlineData(false, true, "1.5.0 2.0.0")]
    [InlineData(true, false, "1.0.0 1.5.0")]
    [InlineData(false, false, "1.5.0")]
    public void An_interval_has_its_ends_only_when_it_says_so(
        bool includesMinimum,
        bool includesMaximum,
        string expected
    )
    {
        var range = Range(
            AnInterval("1.0.0", "2.0.0") with
            {
                IncludesMinimum = includesMinimum,
                IncludesMaximum = includesMaximum,
            }
        );

        Assert.Equal(expected, Contained(range, "0.9.9", "1.0.0", "1.5.0", "2.0.0", "2.0.1"));
    }

    [Theory]
    [InlineData(null, "2.0.0", "0.0.0 2.0.0")]
    [InlineData("2.0.0", null, "2.0.0 9.9.9")]
    [InlineData(null, null, "0.0.0 2.0.0 9.9.9")]
    public void A_missing_end_is_unbounded(string? minimum, string? maximum, string expected) =>
        Assert.Equal(expected, Contained(Range(AnInterval(minimum, maximum)), "0.0.0", "2.0.0", "9.9.9"));

    [Fact]
    public void Prereleases_satisfy_only_an_interval_that_includes_them()
    {
        var releases = AnInterval("1.0.0-alpha", "2.0.0");
        string[] versions = ["1.0.0-0", "1.0.0-beta", "1.5.0-rc.1", "1.5.0", "2.0.0-rc.1"];

        Assert.Equal("1.5.0", Contained(Range(releases), versions));
        Assert.Equal(
            "1.0.0-beta 1.5.0-rc.1 1.5.0 2.0.0-rc.1",
            Contained(Range(releases with { IncludesPrereleases = true }), versions)
        );
    }

    [Fact]
    public void A_range_has_what_any_of_its_intervals_has()
    {
        var range = Range(AnInterval("1.0.0", "1.0.0"), AnInterval("3.0.0", null));

        Assert.Equal("1.0.0 3.0.0 4.0.0", Contained(range, "0.9.0", "1.0.0", "2.0.0", "3.0.0", "4.0.0"));
    }

    [Fact]
    public void A_range_without_intervals_has_nothing() => Assert.Equal("", Contained(Range(), "0.0.0", "1.0.0"));

    private static VersionInterval AnInterval(string? minimum, string? maximum) =>
        new(
            minimum is null ? null : SemanticVersion.Parse(minimum),
            IncludesMinimum: true,
            maximum is null ? null : SemanticVersion.Parse(maximum),
            IncludesMaximum: true,
            IncludesPrereleases: false
        );

    private static VersionRange Range(params VersionInterval[] intervals) => new("as written", [.. intervals]);

    private static string Contained(VersionRange range, params string[] versions) =>
        string.Join(' ', versions.Where(version => range.Contains(SemanticVersion.Parse(version))));
}
