using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Core.Tests.Reconciliation;

public sealed class ReleaseNotesTests
{
    private const string Repository = "https://github.com/shop/checkout";

    private static readonly ServiceVersion One = AVersion("1.0.0", image: 'a', commit: '1');
    private static readonly ServiceVersion Two = AVersion("1.1.0", image: 'b', commit: '2');
    private static readonly ServiceVersion Three = AVersion("1.2.0", image: 'c', commit: '3');

    [Fact]
    public void What_was_published_in_between_comes_along_with_all_commits()
    {
        var notes = ReleaseNotes.Between([One, Two, Three, AVersion("1.3.0", 'd', '4')], One, Three);

        Assert.Equal(new CommitRange(Repository, Commit('1'), Commit('3')), notes.Commits);
        Assert.Equal(["1.2.0", "1.1.0"], notes.Versions.Select(each => each.Version.Number.ToString()));
        Assert.Equal(
            [
                new CommitRange(Repository, Commit('2'), Commit('3')),
                new CommitRange(Repository, Commit('1'), Commit('2')),
            ],
            notes.Versions.Select(each => each.Commits)
        );
        Assert.False(notes.IsWayBack);
        Assert.Empty(notes.Remarks);
    }

    [Fact]
    public void A_way_back_reads_as_what_it_takes_away()
    {
        var notes = ReleaseNotes.Between([One, Two, Three], Three, One);

        Assert.True(notes.IsWayBack);
        Assert.Equal(new CommitRange(Repository, Commit('1'), Commit('3')), notes.Commits);
        Assert.Equal(["1.2.0", "1.1.0"], notes.Versions.Select(each => each.Version.Number.ToString()));
        Assert.Equal(["This goes back: it takes away what 1.2.0 had brought."], notes.Remarks);
    }

    [Fact]
    public void Another_configuration_alone_is_said_to_be_that_with_what_is_different()
    {
        var other = AVersion("1.1.0", image: 'a', commit: '1', level: "debug");

        var notes = ReleaseNotes.Between([One, other], One, other);

        Assert.Null(notes.Commits);
        Assert.Equal(
            ["Only the configuration is another; the image is the same.", $"Both were made from commit {Commit('1')}."],
            notes.Remarks
        );
        var version = Assert.Single(notes.Versions);
        Assert.True(version.IsConfigurationOnly);
        Assert.Contains("info → debug", Assert.Single(version.Changes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_provenance_is_said_and_no_range_is_made_up()
    {
        var unknown = Two with { Provenance = null };

        var notes = ReleaseNotes.Between([One, unknown, Three], unknown, Three);

        Assert.Null(notes.Commits);
        Assert.Equal(["1.1.0 was published without its repository and commit."], notes.Remarks);
    }

    [Fact]
    public void Commits_of_two_repositories_are_no_range()
    {
        var moved = Two with { Provenance = new Provenance("https://github.com/new/checkout", Commit('2')) };

        var notes = ReleaseNotes.Between([One, moved], One, moved);

        Assert.Null(notes.Commits);
        Assert.Equal(
            [$"The repository is another: {Repository} before, https://github.com/new/checkout now."],
            notes.Remarks
        );
    }

    [Fact]
    public void Where_nothing_ran_there_is_the_version_alone_up_to_its_commit()
    {
        var notes = ReleaseNotes.Between([One, Two, Three], from: null, Two);

        Assert.Equal(new CommitRange(Repository, From: null, Commit('2')), notes.Commits);
        Assert.Equal("1.1.0", Assert.Single(notes.Versions).Version.Number.ToString());
        Assert.Equal(["Nothing ran there before."], notes.Remarks);
    }

    [Fact]
    public void What_runs_already_brings_nothing()
    {
        var notes = ReleaseNotes.Between([One, Two], Two, Two);

        Assert.Empty(notes.Versions);
        Assert.Null(notes.Commits);
        Assert.Equal(["1.1.0 runs there already."], notes.Remarks);
    }

    [Fact]
    public void The_newest_fifty_versions_are_listed_and_the_others_counted()
    {
        var all = Enumerable.Range(0, 60).Select(number => AVersion($"1.{number}.0", 'a', '1')).ToList();

        var notes = ReleaseNotes.Between(all, all[0], all[^1]);

        Assert.Equal((50, 9), (notes.Versions.Length, notes.More));
        Assert.Equal("1.59.0", notes.Versions[0].Version.Number.ToString());
    }

    private static string Commit(char digit) => new(digit, 40);

    private static ServiceVersion AVersion(string number, char image, char commit, string level = "info") =>
        new()
        {
            Service = ServiceName.Parse("checkout"),
            Number = SemanticVersion.Parse(number),
            Channel = "stable",
            Template = new InstanceTemplate
            {
                Image = ImageReference.Parse($"checkout@sha256:{new string(image, 64)}"),
                Command = [],
                Environment = ImmutableSortedDictionary<string, string>.Empty.Add("LEVEL", level),
                Request = new Resources(100, 64),
                Limit = default,
                Port = 0,
                Health = null,
                StopGrace = TimeSpan.Zero,
                Placement = PlacementRules.None,
            },
            Dependencies = [],
            PublishedBy = "ana",
            PublishedAt = DateTimeOffset.UnixEpoch,
            Provenance = new Provenance(Repository, Commit(commit)),
        };
}
