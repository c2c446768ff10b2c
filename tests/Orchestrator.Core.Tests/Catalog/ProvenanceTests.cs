using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Tests.Catalog;

public sealed class ProvenanceTests
{
    private const string Old = "1111111111111111111111111111111111111111";
    private const string New = "2222222222222222222222222222222222222222";

    [Theory]
    [InlineData("https://github.com/shop/checkout")]
    [InlineData("http://git.internal:3000/shop/checkout.git")]
    [InlineData("ssh://git@git.internal:2222/shop/checkout.git")]
    [InlineData("git@github.com:shop/checkout.git")]
    public void An_address_that_one_would_clone_is_a_repository(string text) =>
        Assert.True(Provenance.IsRepository(text));

    [Theory]
    [InlineData("")]
    [InlineData("checkout")]
    [InlineData("https://github.com/")]
    [InlineData("https://token@github.com/shop/checkout")] // Everybody may read it.
    [InlineData("https://ci:secret@github.com/shop/checkout")]
    [InlineData("ssh://git:secret@git.internal/shop/checkout")]
    [InlineData("file:///srv/checkout")]
    [InlineData("javascript://x/%0aalert(1)")]
    [InlineData("git@github.com:shop/check out")]
    [InlineData("git@github.com:")]
    [InlineData("@github.com:shop")]
    [InlineData("git@:shop")]
    [InlineData("host:a@b")]
    public void Anything_else_is_none_and_neither_is_one_with_a_password(string text) =>
        Assert.False(Provenance.IsRepository(text));

    [Fact]
    public void A_repository_has_at_most_500_characters()
    {
        const string Start = "https://host/";

        Assert.True(Provenance.IsRepository(Start + new string('a', 500 - Start.Length)));
        Assert.False(Provenance.IsRepository(Start + new string('a', 501 - Start.Length)));
    }

    [Fact]
    public void A_commit_has_all_of_its_digits()
    {
        Assert.True(Provenance.IsCommit(Old));
        Assert.True(Provenance.IsCommit(new string('a', 64)));
        Assert.False(Provenance.IsCommit("1111111"));
        Assert.False(Provenance.IsCommit(new string('A', 40)));
        Assert.False(Provenance.IsCommit(new string('g', 40)));
    }

    [Theory]
    [InlineData("https://github.com/shop/checkout", "https://github.com/shop/checkout/compare/OLD...NEW")]
    [InlineData("git@github.com:shop/checkout.git", "https://github.com/shop/checkout/compare/OLD...NEW")]
    [InlineData("https://github.internal/shop/checkout", "https://github.internal/shop/checkout/compare/OLD...NEW")]
    [InlineData("https://gitlab.com/a/b/c.git", "https://gitlab.com/a/b/c/-/compare/OLD...NEW")]
    [InlineData("ssh://git@gitlab.internal:2222/a/b.git", "https://gitlab.internal/a/b/-/compare/OLD...NEW")]
    [InlineData("http://gitea.internal:3000/a/b", "http://gitea.internal:3000/a/b/compare/OLD...NEW")]
    [InlineData("https://codeberg.org/a/b/", "https://codeberg.org/a/b/compare/OLD...NEW")]
    [InlineData("https://forgejo.internal/a/b", "https://forgejo.internal/a/b/compare/OLD...NEW")]
    [InlineData("git@bitbucket.org:a/b.git", "https://bitbucket.org/a/b/branches/compare/NEW..OLD")]
    [InlineData("https://git.internal/a/b", "")]
    public void Where_the_form_of_the_hosts_pages_is_known_there_is_a_link(string repository, string link) =>
        Assert.Equal(
            link.Replace("OLD", Old, StringComparison.Ordinal).Replace("NEW", New, StringComparison.Ordinal),
            new CommitRange(repository, Old, New).CompareUrl
        );

    [Fact]
    public void Without_a_first_commit_there_is_nothing_to_compare() =>
        Assert.Equal("", new CommitRange("https://github.com/shop/checkout", From: null, New).CompareUrl);
}
