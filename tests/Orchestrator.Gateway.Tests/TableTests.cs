using Orchestrator.Contracts.Bus;
using static Orchestrator.Gateway.Tests.Tables;

namespace Orchestrator.Gateway.Tests;

public sealed class TableTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_instance_that_left_the_table_gets_no_new_request_and_finishes_the_old_one()
    {
        var release = new TaskCompletionSource();
        await using var old = await Backend.StartAsync(
            "old",
            async context =>
            {
                await release.Task.WaitAsync(Token);
                await context.Response.Body.WriteAsync("finished"u8.ToArray(), Token);
            }
        );
        await using var next = await Backend.StartAsync("next");
        // A long interval: what comes in time was sent at once.
        await using var gateway = await RunningGateway.StartAsync(
            Directory.CreateTempSubdirectory("orc-gateway-"),
            TimeSpan.FromSeconds(1)
        );
        await gateway.ApplyAsync(ATable(1, new VersionRoute("1.0.0", 100, [old.Endpoint])));
        var waiting = gateway.Http.GetStringAsync("/prod/cart/", Token);
        await RunningGateway.WaitAsync(() => old.Requests == 1);

        await gateway.ApplyAsync(ATable(2, new VersionRoute("1.1.0", 100, [next.Endpoint])));

        Assert.All(Of(gateway, revision: 2), heartbeat => Assert.Equal(["old"], heartbeat.Busy));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("next", await gateway.Http.GetStringAsync("/prod/cart/", Token));
        }

        release.SetResult();
        Assert.Equal("finished", await waiting);
        await RunningGateway.WaitAsync(() => Of(gateway, revision: 2).Any(heartbeat => heartbeat.Busy.Count == 0));
        Assert.Equal(1, old.Requests);
        await RunningGateway.WaitAsync(() => gateway.Counted("1.0.0").Requests == 1);
    }

    [Theory]
    [InlineData(5, 6)]
    [InlineData(4, 100)]
    public async Task A_table_of_lower_epoch_or_revision_is_refused(long epoch, long revision)
    {
        await using var right = await Backend.StartAsync("right");
        await using var wrong = await Backend.StartAsync("wrong");
        await using var gateway = await RunningGateway.StartAsync();
        var served = ATable(7, new VersionRoute("1.0.0", 100, [right.Endpoint])) with { Epoch = 5 };
        await gateway.ApplyAsync(served);

        await gateway.SendAsync(
            ATable(revision, new VersionRoute("1.0.0", 100, [wrong.Endpoint])) with
            {
                Epoch = epoch,
            }
        );
        // The queue is in order: once this one is served, the other was looked at.
        await gateway.ApplyAsync(served with { Revision = 8 });

        Assert.DoesNotContain(
            gateway.Heartbeats,
            heartbeat => heartbeat.Epoch == epoch && heartbeat.Revision == revision
        );
        Assert.Equal("right", await gateway.Http.GetStringAsync("/prod/cart/", Token));
    }

    [Fact]
    public async Task The_table_survives_a_restart()
    {
        await using var backend = await Backend.StartAsync("a");
        var first = await RunningGateway.StartAsync();
        await first.ApplyAsync(ATable(3, new VersionRoute("1.0.0", 100, [backend.Endpoint])));

        await using var second = await RunningGateway.StartAsync(
            await first.StopAsync(),
            TimeSpan.FromMilliseconds(50)
        );

        Assert.Equal("a", await second.Http.GetStringAsync("/prod/cart/", Token));
        await RunningGateway.WaitAsync(() => Of(second, revision: 3).Any());
        await second.SendAsync(ATable(2));
        await second.ApplyAsync(ATable(4, new VersionRoute("1.0.0", 100, [backend.Endpoint])));
        Assert.Empty(Of(second, revision: 2));
    }

    [Fact]
    public async Task A_table_on_disk_that_cannot_be_read_is_as_none()
    {
        var directory = Directory.CreateTempSubdirectory("orc-gateway-");
        await File.WriteAllTextAsync(
            Path.Combine(directory.FullName, "route-table.json"),
            """{"epoch":1,"rev""",
            Token
        );

        await using var gateway = await RunningGateway.StartAsync(directory, TimeSpan.FromMilliseconds(50));

        await gateway.ApplyAsync(ATable(1));
    }

    private static IEnumerable<GatewayHeartbeat> Of(RunningGateway gateway, long revision) =>
        gateway.Heartbeats.Where(heartbeat => heartbeat.Revision == revision);
}
