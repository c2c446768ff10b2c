using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Relay;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Relay;

public sealed class OutboxRelayTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task What_is_owed_is_sent_once_and_forgotten()
    {
        await using var bench = await OpenAsync();
        using var relay = bench.ARelay(_clock);
        await using var running = Running.Start(relay);
        var received = await ReceiveAsync(bench, "host-h1");

        await OweAsync(bench, Assign("h1", revision: 1));
        relay.Wake();
        await UntilAsync(async () => await PendingAsync(bench) == 0);
        await OweAsync(bench, Assign("h1", revision: 2));
        relay.Wake();

        // What is sent is forgotten at once, and arrives a moment later.
        await UntilAsync(async () => await PendingAsync(bench) == 0 && received.Count > 1);
        Assert.Equal([1L, 2L], received.Select(assign => assign.Revision));
    }

    [Fact]
    public async Task A_lost_wake_up_costs_a_poll_and_no_message()
    {
        await using var bench = await OpenAsync();
        using var relay = bench.ARelay(_clock);
        var received = await ReceiveAsync(bench, "host-h1");
        await using var running = Running.Start(relay);

        await OweAsync(bench, Assign("h1", revision: 1));

        await UntilAsync(() =>
        {
            _clock.Advance(OutboxRelay.PollEvery);
            return received.Count == 1;
        });
    }

    [Fact]
    public async Task A_destination_that_fails_holds_up_no_other_and_gets_only_the_newest_level_in_the_end()
    {
        await using var bench = await OpenAsync();
        using var relay = bench.ARelay(_clock);
        var others = await ReceiveAsync(bench, "host-h2");
        await OweAsync(bench, Assign("h1", revision: 1), Assign("h2", revision: 1));
        await using var running = Running.Start(relay);

        await UntilAsync(async () => others.Count == 1 && await PendingAsync(bench) == 1);
        await OweAsync(bench, Assign("h1", revision: 2), Assign("h2", revision: 2));
        relay.Wake();
        await UntilAsync(() => others.Count == 2);
        var received = await ReceiveAsync(bench, "host-h1");
        await UntilAsync(async () =>
        {
            _clock.Advance(OutboxRelay.MaxPause);
            return await PendingAsync(bench) == 0;
        });

        Assert.Equal([2L], received.Select(assign => assign.Revision));
    }

    [Fact]
    public async Task What_a_crash_left_is_sent_by_the_next_leader()
    {
        await using var bench = await OpenAsync();
        await OweAsync(bench, Assign("h1", revision: 1));
        var received = await ReceiveAsync(bench, "host-h1");

        using var relay = bench.ARelay(_clock);
        await using var running = Running.Start(relay);

        await UntilAsync(() => received.Count == 1);
    }

    /// <summary>It is stored a moment before the view that shows it: sent too early, it would say what was before.</summary>
    [Fact]
    public async Task What_is_not_known_here_yet_waits_for_the_next_wake_up()
    {
        await using var bench = await OpenAsync();
        var received = await ReceiveAsync(bench, "host-h1");
        var asked = 0;
        var isKnown = false;
        await OweAsync(bench, Assign("h1", revision: 1));
        using var relay = bench.ARelay(_clock);
        await using var running = Running.Start(
            relay,
            owed =>
            {
                Interlocked.Increment(ref asked);
                return Volatile.Read(ref isKnown) ? Compose(owed) : null;
            }
        );
        await UntilAsync(() => Volatile.Read(ref asked) > 0);
        Assert.Equal(1, await PendingAsync(bench));

        Volatile.Write(ref isKnown, true);
        relay.Wake();

        await UntilAsync(async () => await PendingAsync(bench) == 0 && received.Count == 1);
    }

    private static BusCommand Compose(OwedMessage owed) =>
        new(
            Letters.QueueOf(owed),
            new AssignHost
            {
                HostId = owed.Receiver,
                Epoch = owed.Epoch,
                Revision = owed.Revision,
                Instances = [],
            }
        );

    private static OwedMessage Assign(string host, long revision) =>
        Letters.From(new CellCommand.Assign(HostId.Parse(host), revision), epoch: 1);

    private static async Task OweAsync(Workbench bench, params OwedMessage[] messages)
    {
        var lease = await Leases.AcquireAsync(bench.Database, "default", "test", TimeSpan.FromMinutes(1), Token);
        await using var unit = await bench.Database.BeginAsync(lease!, Token);
        await Outbox.AddAsync(unit, messages, Token);
        await unit.CommitAsync(Token);
    }

    private static async Task<int> PendingAsync(Workbench bench) =>
        (await Outbox.ReadPendingAsync(bench.Database, "default", limit: 100, Token)).Length;

    private static async Task<ConcurrentQueue<AssignHost>> ReceiveAsync(Workbench bench, string queue)
    {
        var received = new ConcurrentQueue<AssignHost>();
        await bench.Bus.ReceiveAsync<AssignHost>(
            queue,
            (assign, _) =>
            {
                received.Enqueue(assign);
                return Task.CompletedTask;
            },
            Token
        );
        return received;
    }

    /// <summary>The relay as it runs while its replica leads.</summary>
    private sealed class Running(CancellationTokenSource stopping, Task running) : IAsyncDisposable
    {
        public static Running Start(OutboxRelay relay) => Start(relay, Compose);

        public static Running Start(OutboxRelay relay, Func<OwedMessage, BusCommand?> compose)
        {
            var stopping = new CancellationTokenSource();
            return new Running(stopping, relay.RunAsync(compose, stopping.Token));
        }

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Assert.False(running.IsFaulted, running.Exception?.ToString());
            stopping.Dispose();
        }
    }
}
