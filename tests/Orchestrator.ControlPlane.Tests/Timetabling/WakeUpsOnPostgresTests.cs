using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.Storage;
using Orchestrator.Tests.Shared;
using static Orchestrator.ControlPlane.Tests.Workbench;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Orchestrator.ControlPlane.Tests.Timetabling;

/// <summary>Quartz itself checks here that our migration has made its tables as it needs them.</summary>
public sealed class WakeUpsOnPostgresTests(PostgresServer server)
{
    [Fact]
    public async Task Only_the_replica_that_leads_is_woken_and_the_next_one_takes_over_what_was_set()
    {
        Assert.SkipWhen(server.Missing is not null, server.Missing ?? "");
        var connectionString = await server.CreateDatabaseAsync(Token);
        await using var database = await Database.OpenPostgresAsync(connectionString, Token);
        var (firstWoken, secondWoken) = (0, 0);
        await using var first = await CreateAsync(connectionString, () => Interlocked.Increment(ref firstWoken));
        await using var second = await CreateAsync(connectionString, () => Interlocked.Increment(ref secondWoken));

        await first.StartAsync(Token);
        await first.SetAsync([LineOf("cart", "* * * * * ?", "UTC"), LineOf("old", "0 0 9 * * ?", "UTC")], Token);
        await UntilAsync(() => firstWoken > 0);
        Assert.Equal(0, secondWoken);
        await first.PauseAsync(Token);
        await second.StartAsync(Token);
        Assert.Equal(2, await second.CountAsync(Token));
        await second.SetAsync([LineOf("cart", "* * * * * ?", "UTC")], Token);
        await UntilAsync(() => secondWoken > 0);

        Assert.Equal(1, await second.CountAsync(Token));
    }

    private static Task<WakeUps> CreateAsync(string connectionString, Action wake) =>
        WakeUps.CreateAsync(
            "default",
            new WakeUpStore.PostgreSql(connectionString),
            wake,
            TimeProvider.System,
            NullLoggerFactory.Instance,
            Token
        );
}
