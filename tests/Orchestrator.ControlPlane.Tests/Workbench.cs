using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Relay;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Messaging;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Tests;

/// <summary>A real database in a directory of its own, a real bus in memory, and conductors over them.</summary>
internal sealed class Workbench : IAsyncDisposable
{
    /// <summary>For what happens in other threads or processes; a healthy run needs a fraction.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("orc-control-plane-");
    private readonly List<IAsyncDisposable> _parts = [];

    private Workbench() { }

    public Database Database { get; private set; } = null!;

    public MessageBus Bus { get; private set; } = null!;

    public string DirectoryPath => _directory.FullName;

    private string DatabasePath => Path.Combine(_directory.FullName, "test.db");

    public static async Task<Workbench> OpenAsync()
    {
        var bench = new Workbench();
        bench.Database = await Database.OpenSqliteAsync(bench.DatabasePath, Token);
        bench.Bus = await MessageBus.StartInMemoryAsync(Token);
        return bench;
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public OutboxRelay ARelay(TimeProvider clock) =>
        new(Database, Bus, "default", clock, NullLogger<OutboxRelay>.Instance);

    /// <summary>Not started. Disposing the bench cuts it off as a crash would, unless it was stopped before.</summary>
    public Conductor AConductor(TimeProvider clock, string replica = "replica-a")
    {
        var relay = ARelay(clock);
        var settings = new ConductorSettings
        {
            Cell = "default",
            Replica = replica,
            LeaseFor = TimeSpan.FromMinutes(1),
            Core = CellSettings.Embedded,
        };
        var conductor = new Conductor(Database, relay, settings, clock, NullLogger<Conductor>.Instance);
        _parts.Add(conductor);
        return conductor;
    }

    public async Task<Conductor> ALeaderAsync(TimeProvider clock, string replica = "replica-a")
    {
        var conductor = AConductor(clock, replica);
        conductor.Start();
        await UntilAsync(() => conductor.IsLeading);
        return conductor;
    }

    /// <summary>From outside, as another process would.</summary>
    public async Task<long> SqlAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(
            await command.ExecuteScalarAsync(Token),
            System.Globalization.CultureInfo.InvariantCulture
        );
    }

    public async Task<SqliteConnection> ConnectAsync()
    {
        var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        await connection.OpenAsync(Token);
        return connection;
    }

    public Task BreakJournalAsync() =>
        SqlAsync("create trigger broken before insert on journal begin select raise(abort, 'broken'); end");

    public Task MendJournalAsync() => SqlAsync("drop trigger broken");

    public static Task UntilAsync(Func<bool> isTrue) => UntilAsync(() => Task.FromResult(isTrue()));

    public static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!await isTrue())
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not happen in time.");
            await Task.Delay(5, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts)
        {
            await part.DisposeAsync();
        }

        await Bus.DisposeAsync();
        await Database.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    public static CellInput.Apply APool(string name) => Apply(Nothing with { Pools = [PoolOf(name)] });

    /// <summary>A service with a line that departs by the timetable, through one stage.</summary>
    public static CellInput.Apply ALine(string service, string cron, string zone) =>
        Apply(
            Nothing with
            {
                Pools = [PoolOf("all")],
                Services =
                [
                    new Service
                    {
                        Name = ServiceName.Parse(service),
                        Team = TeamName.Parse("shop"),
                        Template = ATemplate(),
                        Dependencies = [],
                    },
                ],
                Lines = [LineOf(service, cron, zone)],
            }
        );

    public static Line LineOf(string service, string cron, string zone) =>
        new()
        {
            Service = ServiceName.Parse(service),
            Timetable = new Timetable(cron, zone),
            Boarding = new BoardingRule("stable", TimeSpan.Zero),
            Route =
            [
                new Stage
                {
                    Name = StageName.Parse("prod"),
                    Pool = PoolName.Parse("all"),
                    Count = 1,
                    Strategy = new CanaryStrategy
                    {
                        Steps = [],
                        MaxSurge = 1,
                        MaxUnavailable = 0,
                        ReadyWithin = TimeSpan.FromMinutes(1),
                    },
                    Approval = null,
                    Judge = new JudgePolicy
                    {
                        Alpha = 0.01,
                        Beta = 0.05,
                        ToleratedRatio = 1.5,
                        AcceptableErrorRate = 0.01,
                    },
                    Soak = TimeSpan.Zero,
                },
            ],
        };

    private static ManifestSet Nothing => new(Pools: [], Services: [], Versions: [], Lines: []);

    private static CellInput.Apply Apply(ManifestSet manifests) =>
        new("admin", manifests, PlanId: null, IsDryRun: false);

    private static Pool PoolOf(string name) =>
        new(PoolName.Parse(name), ImmutableSortedDictionary<string, string>.Empty, PoolPreference.Spread);

    public static InstanceTemplate ATemplate() =>
        new()
        {
            Image = ImageReference.Parse($"boutique/cart@sha256:{new string('a', 64)}"),
            Command = [],
            Environment = ImmutableSortedDictionary<string, string>.Empty,
            Request = new Resources(100, 64),
            Limit = new Resources(0, 0),
            Port = 8080,
            Health = null,
            StopGrace = TimeSpan.FromSeconds(10),
            Placement = PlacementRules.None,
        };
}
