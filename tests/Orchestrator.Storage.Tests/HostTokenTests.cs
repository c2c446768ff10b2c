using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class HostTokenTests(Target target) : StoreTests(target)
{
    private static readonly HostToken Any = new("t1", Host: null, "ana", Noon, Noon.AddHours(1));
    private static readonly HostToken OfH1 = new("t2", "h1", "ana", Noon.AddSeconds(1), Noon.AddHours(2));

    [Fact]
    public async Task A_token_is_taken_once()
    {
        await AddAsync(Any, "secret");

        var first = await TakeAsync("secret", "h1");
        var second = await TakeAsync("secret", "h1");

        Assert.Equal(new HostTokenUse.Taken(Any), first);
        Assert.IsType<HostTokenUse.Refused>(second);
        Assert.True(await HostTokens.HasJoinedAsync(Database, CellName, "h1", Cancel));
    }

    [Fact]
    public async Task Of_many_who_try_at_once_exactly_one_takes_it()
    {
        await AddAsync(Any, "secret");

        var uses = await Task.WhenAll(
            Enumerable.Range(1, 8).Select(host => Task.Run(() => TakeAsync("secret", $"h{host}"), Cancel))
        );

        Assert.Single(uses.OfType<HostTokenUse.Taken>());
        Assert.Equal(7, uses.OfType<HostTokenUse.Refused>().Count());
    }

    [Theory]
    [InlineData("another", "h1", 0, CellName)] // unknown
    [InlineData("secret", "h2", 0, CellName)] // of another host
    [InlineData("secret", "h1", 120, CellName)] // at the moment that it expires
    [InlineData("secret", "h1", 0, "europe")] // of another cell
    public async Task What_is_wrong_is_refused_and_uses_nothing_up(string secret, string host, int minutes, string cell)
    {
        await AddAsync(OfH1, "secret");

        var use = await HostTokens.TakeAsync(
            Database,
            cell,
            Tokens.HashOf(secret),
            host,
            isKnown: false,
            Noon.AddMinutes(minutes),
            Cancel
        );

        Assert.IsType<HostTokenUse.Refused>(use);
        Assert.IsType<HostTokenUse.Taken>(await TakeAsync("secret", "h1"));
    }

    [Fact]
    public async Task A_revoked_token_is_refused_and_revoking_twice_says_so()
    {
        await AddAsync(OfH1, "secret");

        Assert.Equal(OfH1, await HostTokens.RevokeAsync(Database, CellName, OfH1.Id, Noon, Cancel));
        Assert.Null(await HostTokens.RevokeAsync(Database, CellName, OfH1.Id, Noon, Cancel));
        Assert.IsType<HostTokenUse.Refused>(await TakeAsync("secret", "h1"));
    }

    [Fact]
    public async Task A_host_that_has_joined_joins_again_only_with_a_token_that_names_it()
    {
        await AddAsync(Any, "first");
        await AddAsync(Any with { Id = "t3" }, "second");
        await AddAsync(OfH1, "named");
        await TakeAsync("first", "h1");

        Assert.IsType<HostTokenUse.NeedsName>(await TakeAsync("second", "h1"));
        Assert.IsType<HostTokenUse.Taken>(await TakeAsync("named", "h1"));
        Assert.IsType<HostTokenUse.Taken>(await TakeAsync("second", "h2"));
    }

    [Fact]
    public async Task A_host_that_was_set_up_by_hand_counts_as_one_that_has_joined()
    {
        await AddAsync(Any, "secret");
        await AddAsync(OfH1, "named");

        Assert.IsType<HostTokenUse.NeedsName>(await TakeAsync("secret", "h1", isKnown: true));
        Assert.IsType<HostTokenUse.Taken>(await TakeAsync("named", "h1", isKnown: true));
    }

    [Fact]
    public async Task A_token_that_is_given_back_can_be_used_and_its_host_has_not_joined()
    {
        await AddAsync(Any, "secret");
        await TakeAsync("secret", "h1");

        await HostTokens.GiveBackAsync(Database, CellName, Any.Id, Cancel);

        Assert.False(await HostTokens.HasJoinedAsync(Database, CellName, "h1", Cancel));
        Assert.IsType<HostTokenUse.Taken>(await TakeAsync("secret", "h1"));
    }

    [Fact]
    public async Task A_forgotten_host_joins_as_a_new_one()
    {
        await AddAsync(Any, "first");
        await AddAsync(Any with { Id = "t3" }, "second");
        await TakeAsync("first", "h1");

        await HostTokens.ForgetAsync(Database, CellName, "h1", Cancel);

        Assert.IsType<HostTokenUse.Taken>(await TakeAsync("second", "h1"));
    }

    [Fact]
    public async Task Open_tokens_are_listed_oldest_first()
    {
        await AddAsync(OfH1, "1");
        await AddAsync(Any, "2");
        await AddAsync(Any with { Id = "used" }, "3");
        await AddAsync(Any with { Id = "old", ExpiresAt = Noon.AddMinutes(1) }, "4");
        await TakeAsync("3", "h9");

        Assert.Equal([Any, OfH1], await HostTokens.ListAsync(Database, CellName, Noon.AddMinutes(2), Cancel));
        Assert.Empty(await HostTokens.ListAsync(Database, "europe", Noon, Cancel));
    }

    [Fact]
    public async Task There_are_only_so_many_open_at_once_and_old_ones_are_dropped()
    {
        await AddAsync(Any, "first");
        for (var count = 1; count < HostTokens.MaxOpen; count++)
        {
            await AddAsync(Any with { Id = $"n{count}" }, $"n{count}");
        }

        Assert.False(await AddAsync(Any with { Id = "more" }, "more"));
        var later = Noon.AddDays(8);
        Assert.True(await AddAsync(new HostToken("later", "h1", "ana", later, later.AddHours(1)), "later"));
        Assert.Single(await HostTokens.ListAsync(Database, CellName, Noon, Cancel));
    }

    private Task<bool> AddAsync(HostToken token, string secret) =>
        HostTokens.AddAsync(Database, CellName, token, Tokens.HashOf(secret), Cancel);

    private Task<HostTokenUse> TakeAsync(string secret, string host) => TakeAsync(secret, host, isKnown: false);

    private Task<HostTokenUse> TakeAsync(string secret, string host, bool isKnown) =>
        HostTokens.TakeAsync(Database, CellName, Tokens.HashOf(secret), host, isKnown, Noon.AddMinutes(1), Cancel);
}

public sealed class HostTokenOnSqliteTests() : HostTokenTests(new SqliteTarget());

public sealed class HostTokenOnPostgresTests(PostgresServer server) : HostTokenTests(new PostgresTarget(server));
