using System.Data.Common;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class TokenTests(Target target) : StoreTests(target)
{
    private static readonly ApiToken Ann = new("t1", "ann", ["viewer", "publisher:shop"], Noon, RevokedAt: null);
    private static readonly ApiToken Bob = new("t0", "bob", [], Noon.AddSeconds(1), RevokedAt: null);

    [Fact]
    public async Task A_token_is_found_by_the_hash_of_its_secret()
    {
        await AddAsync(Ann, "secret");

        var found = await Tokens.FindByHashAsync(Database, Tokens.HashOf("secret"), Cancel);
        var other = await Tokens.FindByHashAsync(Database, Tokens.HashOf("another"), Cancel);

        Assert.Equal(Structure.Of(Ann), Structure.Of(found));
        Assert.Null(other);
    }

    [Fact]
    public async Task All_are_listed_oldest_first()
    {
        await AddAsync(Bob, "1");
        await AddAsync(Ann, "2");

        var all = await Tokens.ListAsync(Database, Cancel);

        Assert.Equal([Structure.Of(Ann), Structure.Of(Bob)], all.Select(Structure.Of));
    }

    [Fact]
    public async Task A_revoked_token_is_listed_but_not_found()
    {
        await AddAsync(Ann, "secret");

        var isRevoked = await Tokens.RevokeAsync(Database, Ann.Id, Noon.AddHours(1), Cancel);

        Assert.True(isRevoked);
        Assert.Null(await Tokens.FindByHashAsync(Database, Tokens.HashOf("secret"), Cancel));
        Assert.Equal(Noon.AddHours(1), Assert.Single(await Tokens.ListAsync(Database, Cancel)).RevokedAt);
    }

    [Fact]
    public async Task Revoking_twice_or_what_is_not_there_says_so()
    {
        await AddAsync(Ann, "secret");
        await Tokens.RevokeAsync(Database, Ann.Id, Noon, Cancel);

        Assert.False(await Tokens.RevokeAsync(Database, Ann.Id, Noon.AddHours(1), Cancel));
        Assert.False(await Tokens.RevokeAsync(Database, "nobody", Noon, Cancel));
        Assert.Equal(Noon, Assert.Single(await Tokens.ListAsync(Database, Cancel)).RevokedAt);
    }

    [Fact]
    public async Task Two_tokens_cannot_share_a_secret()
    {
        await AddAsync(Ann, "secret");

        await Assert.ThrowsAnyAsync<DbException>(() => AddAsync(Bob, "secret"));
    }

    private Task AddAsync(ApiToken token, string secret) =>
        Tokens.AddAsync(Database, token, Tokens.HashOf(secret), Cancel);
}

public sealed class TokenOnSqliteTests() : TokenTests(new SqliteTarget());

public sealed class TokenOnPostgresTests(PostgresServer server) : TokenTests(new PostgresTarget(server));
