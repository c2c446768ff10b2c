using System.Diagnostics;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class LeaseTests(Target target) : StoreTests(target)
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_lease_that_is_held_is_not_given_to_another()
    {
        var first = await Leases.AcquireAsync(Database, CellName, "a", Long, Cancel);

        var second = await Leases.AcquireAsync(Database, CellName, "b", Long, Cancel);

        Assert.Equal(new Lease(CellName, "a", Epoch: 1, Long), first);
        Assert.Null(second);
    }

    [Fact]
    public async Task Cells_are_leased_apart()
    {
        await Leases.AcquireAsync(Database, CellName, "a", Long, Cancel);

        var other = await Leases.AcquireAsync(Database, "other", "b", Long, Cancel);

        Assert.Equal(new Lease("other", "b", Epoch: 1, Long), other);
    }

    [Fact]
    public async Task A_holder_that_restarted_gets_it_at_once_under_a_new_epoch()
    {
        var before = await AcquireAsync(CellName);

        var after = await AcquireAsync(CellName);

        Assert.Equal(2, after.Epoch);
        Assert.False(await Leases.RenewAsync(Database, before, Cancel));
        Assert.True(await Leases.RenewAsync(Database, after, Cancel));
    }

    [Fact]
    public async Task A_lease_that_expired_goes_to_who_asks_under_the_next_epoch()
    {
        var first = await Leases.AcquireAsync(Database, CellName, "a", Short, Cancel);

        var second = await AcquireOnceFreeAsync("b");

        Assert.Equal((1, 2), (first?.Epoch, second.Epoch));
    }

    [Fact]
    public async Task Renewing_holds_it_for_another_duration()
    {
        var brief = await Leases.AcquireAsync(Database, CellName, "a", Short, Cancel);

        var isRenewed = await Leases.RenewAsync(Database, brief! with { Duration = Long }, Cancel);

        Assert.True(isRenewed);
        Assert.Null(await Leases.AcquireAsync(Database, CellName, "b", Long, Cancel));
    }

    [Fact]
    public async Task A_lease_that_was_released_goes_to_who_asks_and_the_epoch_still_grows()
    {
        var first = await AcquireAsync(CellName);
        await Leases.ReleaseAsync(Database, first, Cancel);

        var second = await Leases.AcquireAsync(Database, CellName, "b", Long, Cancel);

        Assert.Equal(2, second?.Epoch);
        Assert.False(await Leases.RenewAsync(Database, first, Cancel));
    }

    [Fact]
    public async Task A_lease_that_was_released_cannot_be_renewed()
    {
        var lease = await AcquireAsync(CellName);
        await Leases.ReleaseAsync(Database, lease, Cancel);

        var isRenewed = await Leases.RenewAsync(Database, lease, Cancel);

        Assert.False(isRenewed);
    }

    [Fact]
    public async Task Releasing_a_lease_that_was_lost_changes_nothing()
    {
        var lost = await AcquireAsync(CellName);
        var held = await AcquireAsync(CellName);

        await Leases.ReleaseAsync(Database, lost, Cancel);

        Assert.True(await Leases.RenewAsync(Database, held, Cancel));
    }

    [Fact]
    public async Task Everybody_can_see_who_holds_it()
    {
        var nobody = await Leases.FindAsync(Database, CellName, Cancel);
        var lease = await AcquireAsync(CellName);

        var holder = await Leases.FindAsync(Database, CellName, Cancel);

        Assert.Null(nobody);
        Assert.Equal(("a", 1), (holder?.Holder, holder?.Epoch));
        Assert.InRange(holder!.Remaining, TimeSpan.FromTicks(1), lease.Duration);
    }

    [Fact]
    public async Task Nobody_holds_what_was_released()
    {
        await Leases.ReleaseAsync(Database, await AcquireAsync(CellName), Cancel);

        Assert.Null(await Leases.FindAsync(Database, CellName, Cancel));
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_gets_it()
    {
        var asked = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(number => Leases.AcquireAsync(Database, CellName, $"replica-{number}", Long, Cancel))
        );

        Assert.Single(asked, lease => lease is not null);
    }

    private async Task<Lease> AcquireOnceFreeAsync(string holder)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < TimeSpan.FromSeconds(30))
        {
            if (await Leases.AcquireAsync(Database, CellName, holder, Long, Cancel) is { } lease)
            {
                return lease;
            }
        }

        throw new TimeoutException("The lease did not expire.");
    }
}

public sealed class LeaseOnSqliteTests() : LeaseTests(new SqliteTarget());

public sealed class LeaseOnPostgresTests(PostgresServer server) : LeaseTests(new PostgresTarget(server));
