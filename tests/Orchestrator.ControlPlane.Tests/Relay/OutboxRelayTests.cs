using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Relay;
using Orchestrator.ControlPlane.Translation;
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

    [Fact]
    public async Task A_table_arrives_as_it_was_decided()
    {
        await using var bench = await OpenAsync();
        var received = new ConcurrentQueue<RouteTable>();
        await bench.Bus.ReceiveAsync<RouteTable>(
            "gateway-g1",
            (table, _) =>
            {
                received.Enqueue(table);
                return Task.CompletedTask;
            },
            Token
        );
        var route = new ServiceRoute
        {
            Service = "cart",
            Stage = "prod",
            Versions = [new VersionRoute("1.0.0", 90, [new RouteEndpoint("cart.prod.1", "127.0.0.1:4000")])],
        };
        await OweAsync(
            bench,
            new BusCommand(
                "gateway-g1",
                new RouteTable
                {
                    Epoch = 3,
                    Revision = 4,
                    Routes = [route],
                }
            )
        );

        using var relay = bench.ARelay(_clock);
        await using var running = Running.Start(relay);
        await UntilAsync(() => !received.IsEmpty);

        Assert.True(received.TryDequeue(out var table));
        Assert.Equal((3L, 4L), (table.Epoch, table.Revision));
        var version = Assert.Single(Assert.Single(table.Routes).Versions);
        Assert.Equal(("1.0.0", 90), (version.Version, version.WeightPercent));
        Assert.Equal([new RouteEndpoint("cart.prod.1", "127.0.0.1:4000")], version.Endpoints);
    }

    private static BusCommand Assign(string host, long revision) =>
        new(
            $"host-{host}",
            new AssignHost
            {
                HostId = host,
                Epoch = 1,
                Revision = revision,
                Instances = [],
            }
        );

    private static async Task OweAsync(Workbench bench, params BusCommand[] commands)
    {
        var lease = await Leases.AcquireAsync(bench.Database, "default", "test", TimeSpan.FromMinutes(1), Token);
        await using var unit = await bench.Database.BeginAsync(lease!, Token);
        await Outbox.AddAsync(unit, [.. commands.Select(Letters.From)], Token);
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
        public static Running Start(OutboxRelay relay)
        {
            var stopping = new CancellationTokenSource();
            return new Running(stopping, relay.RunAsync(stopping.Token));
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
