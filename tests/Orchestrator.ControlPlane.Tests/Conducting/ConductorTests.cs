using Microsoft.Extensions.Time.Testing;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Conducting;

public sealed class ConductorTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Who_asked_reads_its_own_write_and_the_journal_has_it()
    {
        await using var bench = await OpenAsync();
        var conductor = await bench.ALeaderAsync(new FakeTimeProvider(Noon));
        var before = conductor.Current.Version;

        var answer = await conductor.AskAsync(APool("edge"), Token);

        Assert.IsType<CellAnswer.Applied>(answer);
        Assert.True(conductor.Current.Cell.Pools.ContainsKey(PoolName.Parse("edge")));
        Assert.True(conductor.Current.Version > before);
        Assert.NotEmpty(await Journal.ReadAsync(bench.Database, "default", after: 0, limit: 10, Token));
    }

    [Fact]
    public async Task A_commit_that_fails_answers_nobody_and_the_state_is_read_again()
    {
        await using var bench = await OpenAsync();
        var clock = new FakeTimeProvider(Noon) { AutoAdvanceAmount = TimeSpan.Zero };
        var conductor = await bench.ALeaderAsync(clock);
        await conductor.AskAsync(APool("before"), Token);
        var epoch = conductor.Current.Epoch;
        await bench.BreakJournalAsync();

        await Assert.ThrowsAsync<NotStoredException>(() => conductor.AskAsync(APool("lost"), Token));

        await UntilAsync(() => !conductor.IsLeading);
        Assert.False(conductor.Current.Cell.Pools.ContainsKey(PoolName.Parse("lost")));
        await bench.MendJournalAsync();
        await UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return conductor.IsLeading;
        });
        Assert.True(conductor.Current.Epoch > epoch);
        await conductor.AskAsync(APool("after"), Token);
        Assert.Equal(["after", "before"], conductor.Current.Cell.Pools.Keys.Select(name => name.Value));
        Assert.Equal(
            ["after", "before"],
            (await CellStore.LoadAsync(bench.Database, "default", Token)).Pools.Keys.Select(name => name.Value)
        );
    }

    [Fact]
    public async Task A_replica_that_was_killed_resumes_at_once_where_it_was_under_a_new_epoch()
    {
        await using var bench = await OpenAsync();
        var killed = await bench.ALeaderAsync(new FakeTimeProvider(Noon));
        await killed.AskAsync(APool("edge"), Token);
        await killed.DisposeAsync();

        var restarted = await bench.ALeaderAsync(new FakeTimeProvider(Noon));

        Assert.True(restarted.Current.Epoch > killed.Current.Epoch);
        Assert.Equal(["edge"], restarted.Current.Cell.Pools.Keys.Select(name => name.Value));
    }

    [Fact]
    public async Task A_batch_that_changes_nothing_writes_nothing()
    {
        await using var bench = await OpenAsync();
        var clock = new FakeTimeProvider(Noon);
        var conductor = await bench.ALeaderAsync(clock);
        await conductor.AskAsync(ReportOf("h1"), Token);
        await using var watch = await CommitWatch.StartAsync(bench);
        var version = conductor.Current.Version;

        for (var second = 1; second <= 3; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            conductor.TryTell(new CellInput.HostHeard(HostId.Parse("h1"), "s", 99, 99, "d"));
            await UntilAsync(() =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(1));
                return conductor.Current.LastHeard[HostId.Parse("h1")] >= Noon.AddSeconds(second);
            });
        }

        Assert.False(await watch.HasChangedAsync());
        Assert.Equal(version, conductor.Current.Version);

        await conductor.AskAsync(APool("edge"), Token);

        Assert.True(await watch.HasChangedAsync());
    }

    [Fact]
    public async Task A_conductor_that_slept_through_its_lease_commits_nothing()
    {
        await using var bench = await OpenAsync();
        var sleeper = await bench.ALeaderAsync(new FakeTimeProvider(Noon), "replica-a");
        await bench.SqlAsync("update lease set expires_at = 0");
        var other = await bench.ALeaderAsync(new FakeTimeProvider(Noon), "replica-b");
        await other.AskAsync(APool("theirs"), Token);

        await Assert.ThrowsAsync<NotLeadingException>(() => sleeper.AskAsync(APool("stale"), Token));

        await UntilAsync(() => !sleeper.IsLeading && sleeper.Current.Cell.Pools.Count > 0);
        var stored = await CellStore.LoadAsync(bench.Database, "default", Token);
        Assert.Equal(["theirs"], stored.Pools.Keys.Select(name => name.Value));
        Assert.Equal(["theirs"], sleeper.Current.Cell.Pools.Keys.Select(name => name.Value));
        Assert.True(other.IsLeading);
    }

    [Fact]
    public async Task A_conductor_that_finds_its_lease_lost_stops_leading_without_being_asked()
    {
        await using var bench = await OpenAsync();
        var clock = new FakeTimeProvider(Noon);
        var conductor = await bench.ALeaderAsync(clock);
        await bench.SqlAsync("update lease set holder = 'somebody-else', epoch = epoch + 1");

        await UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            return !conductor.IsLeading;
        });
    }

    [Fact]
    public async Task A_replica_that_does_not_lead_shows_what_the_leader_stored_and_refuses_to_write()
    {
        await using var bench = await OpenAsync();
        var leader = await bench.ALeaderAsync(new FakeTimeProvider(Noon), "replica-a");
        var clock = new FakeTimeProvider(Noon);
        var follower = bench.AConductor(clock, "replica-b");
        follower.Start();

        await leader.AskAsync(APool("edge"), Token);
        await UntilAsync(() =>
        {
            clock.Advance(Conductor.FollowEvery);
            return follower.Current.Cell.Pools.Count == 1;
        });
        var asking = follower.AskAsync(APool("mine"), Token);
        clock.Advance(Conductor.LeadWithin);

        await Assert.ThrowsAsync<NotLeadingException>(() => asking);
        Assert.False(follower.IsLeading);
    }

    [Fact]
    public async Task A_stop_answers_what_was_asked_before_and_gives_the_lease_back()
    {
        await using var bench = await OpenAsync();
        var conductor = await bench.ALeaderAsync(new FakeTimeProvider(Noon));
        var asked = Enumerable.Range(0, 500).Select(number => conductor.AskAsync(APool($"p{number}"), Token)).ToList();

        await conductor.StopAsync(Token);

        Assert.All(await Task.WhenAll(asked), answer => Assert.IsType<CellAnswer.Applied>(answer));
        Assert.Null(await Leases.FindAsync(bench.Database, "default", Token));
        await Assert.ThrowsAsync<NotLeadingException>(() => conductor.AskAsync(APool("late"), Token));
    }

    [Fact]
    public async Task Work_of_the_leader_runs_under_each_leadership_and_ends_with_it()
    {
        await using var bench = await OpenAsync();
        using var stopping = new CancellationTokenSource();
        var conductor = bench.AConductor(new FakeTimeProvider(Noon));
        var epochs = new List<long>();
        var ended = 0;
        var working = conductor.WhileLeadingAsync(
            async leadership =>
            {
                epochs.Add(leadership.Epoch);
                await Task.Delay(Timeout.InfiniteTimeSpan, leadership.Ended)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Interlocked.Increment(ref ended);
            },
            stopping.Token
        );

        conductor.Start();
        await UntilAsync(() => epochs.Count == 1);
        await bench.SqlAsync("update lease set epoch = epoch + 1");
        await Assert.ThrowsAsync<NotLeadingException>(() => conductor.AskAsync(APool("edge"), Token));
        await UntilAsync(() => epochs.Count == 2);

        Assert.Equal(1, ended);
        Assert.True(epochs[1] > epochs[0]);
        await conductor.StopAsync(Token);
        await stopping.CancelAsync();
        await UntilAsync(() => working.IsCompleted);
    }

    [Fact]
    public async Task The_view_tells_of_changes_and_only_of_those()
    {
        await using var bench = await OpenAsync();
        var conductor = await bench.ALeaderAsync(new FakeTimeProvider(Noon));
        await conductor.AskAsync(APool("first"), Token);
        var seen = conductor.Current;

        var waiting = conductor.WaitForChangeAsync(seen.Version, Token);
        await conductor.AskAsync(new CellInput.Tick(), Token);
        Assert.False(waiting.IsCompleted);
        await conductor.AskAsync(APool("second"), Token);

        Assert.Equal(2, (await waiting).Cell.Pools.Count);
        Assert.Single(seen.Cell.Pools);
    }

    private static CellInput.HostReported ReportOf(string host) =>
        new(
            new ReportedHost
            {
                Id = HostId.Parse(host),
                Session = "s",
                Sequence = 1,
                Epoch = 99,
                Revision = 99,
                Digest = "d",
                Capacity = new Resources(4_000, 8_192),
                Runtime = "process",
                AgentVersion = "1.0.0",
                Labels = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty,
                Instances = [],
            }
        );
}
