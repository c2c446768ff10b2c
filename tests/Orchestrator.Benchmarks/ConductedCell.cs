using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Relay;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Messaging;
using Orchestrator.Storage;

namespace Orchestrator.Benchmarks;

/// <summary>
/// A real conductor over a real SQLite file, asked as the API and the agents ask it. Nobody sends what it owes: hosts would be
/// five thousand processes, and the relay is not what is measured.
/// </summary>
internal sealed class ConductedCell : IAsyncDisposable
{
    /// <summary>What one request carries; larger ones are refused by the API.</summary>
    private const int ManifestsPerRequest = 100;

    private static readonly StageName Prod = StageName.Parse("prod");

    private readonly DirectoryInfo _directory;
    private readonly ShiftedClock _clock = new();
    private readonly Database _database;
    private readonly MessageBus _bus;
    private readonly OutboxRelay _relay;

    private ConductedCell(Database database, MessageBus bus, DirectoryInfo directory)
    {
        (_database, _bus, _directory) = (database, bus, directory);
        _relay = new OutboxRelay(database, bus, "default", _clock, NullLogger<OutboxRelay>.Instance);
        Conductor = NewConductor();
    }

    public Conductor Conductor { get; private set; }

    public static async Task<ConductedCell> OpenAsync()
    {
        var directory = Directory.CreateTempSubdirectory("orc-bench-");
        var cell = new ConductedCell(
            await Database.OpenSqliteAsync(Path.Combine(directory.FullName, "cell.db"), CancellationToken.None),
            await MessageBus.StartInMemoryAsync(CancellationToken.None),
            directory
        );
        cell.Conductor.Start();
        await cell.UntilAsync(view => view.IsLeading);
        return cell;
    }

    /// <summary>Everybody counts as heard then, as after every start.</summary>
    public async Task RestartAsync()
    {
        await Conductor.StopAsync(CancellationToken.None);
        await Conductor.DisposeAsync();
        Conductor = NewConductor();
        Conductor.Start();
        await UntilAsync(view => view.IsLeading);
    }

    /// <summary>As their heartbeats would.</summary>
    public async Task HearAsync(IEnumerable<HostId> hosts)
    {
        foreach (var some in hosts.Chunk(Inbox.MaxBatch))
        {
            var view = Conductor.Current;
            await Task.WhenAll(
                some.Select(host =>
                    Conductor.AskAsync(
                        new CellInput.HostHeard(
                            host,
                            "s",
                            view.Epoch,
                            view.Cell.Assignments.GetValueOrDefault(host)?.Revision ?? 0,
                            ""
                        ),
                        default
                    )
                )
            );
        }
    }

    /// <summary>A million instances of a thousand services on so many hosts of one class, all of them committed.</summary>
    public async Task<ImmutableArray<HostId>> PlaceMillionAsync(int hosts)
    {
        ImmutableArray<HostId> ids =
        [
            .. Enumerable
                .Range(0, hosts)
                .Select(number => HostId.Parse(string.Create(CultureInfo.InvariantCulture, $"h{number:D5}"))),
        ];
        await ReportAsync(ids, new Resources(CpuMillicores: 64_000, MemoryMebibytes: 262_144), _ => "all");
        var demand = new Resources(CpuMillicores: 250, MemoryMebibytes: 512);
        await PublishAsync(Enumerable.Range(0, 1_000).Select(number => Job(number, demand, "all")), count: 1_000);
        Pass(TimeSpan.FromHours(1));
        await UntilAsync(view => view.Cell.Instances.Count == 1_000_000);
        return ids;
    }

    public async Task UntilAsync(Func<CellView, bool> isTrue)
    {
        for (var view = Conductor.Current; !isTrue(view); )
        {
            view = await Conductor.WaitForChangeAsync(view.Version, CancellationToken.None);
        }
    }

    public void Pass(TimeSpan time) => _clock.Shift += time;

    /// <summary>As their agents would; they run nothing that they say anything about.</summary>
    public async Task ReportAsync(IEnumerable<HostId> hosts, Resources capacity, Func<HostId, string> classOf)
    {
        foreach (var some in hosts.Chunk(Inbox.MaxBatch))
        {
            await Task.WhenAll(some.Select(host => Conductor.AskAsync(Report(host, capacity, classOf(host)), default)));
        }
    }

    /// <summary>A service for each job, published, and on a line whose train departs in an hour.</summary>
    public async Task PublishAsync(IEnumerable<Service> services, int count)
    {
        foreach (var some in services.Chunk(ManifestsPerRequest))
        {
            var manifests = new ManifestSet(
                Pools: [],
                [.. some],
                [.. some.Select(Version)],
                [.. some.Select(service => Line(service, count))]
            );
            var answer = await Conductor.AskAsync(
                new CellInput.Apply("bench", manifests, null, IsDryRun: false),
                default
            );
            if (answer is not CellAnswer.Applied)
            {
                throw new InvalidOperationException($"The workload was refused: {answer}");
            }

            foreach (var service in some)
            {
                await Conductor.AskAsync(
                    new CellInput.LineTimed(LineName.Of(service.Name), _clock.GetUtcNow() + TimeSpan.FromHours(1)),
                    default
                );
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Conductor.DisposeAsync();
        _relay.Dispose();
        await _bus.DisposeAsync();
        await _database.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    public static Service Job(int number, Resources demand, string hostClass) =>
        new()
        {
            Name = ServiceName.Parse(string.Create(CultureInfo.InvariantCulture, $"job-{number:D4}")),
            Team = TeamName.Parse("bench"),
            Dependencies = [],
            Template = new InstanceTemplate
            {
                Image = ImageReference.Parse("sample@sha256:" + new string('a', 64)),
                Command = [],
                Environment = ImmutableSortedDictionary<string, string>.Empty,
                Request = demand,
                Limit = default,
                Port = 8080,
                Health = null,
                StopGrace = TimeSpan.FromSeconds(5),
                Placement = PlacementRules.None with
                {
                    Constraints = [new HostConstraint.OneOf("node.class", [hostClass])],
                },
            },
        };

    private Conductor NewConductor()
    {
        var settings = new ConductorSettings
        {
            Cell = "default",
            Replica = "bench",
            LeaseFor = TimeSpan.FromMinutes(5),
            Core = CellSettings.Distributed,
        };
        return new Conductor(_database, _relay, settings, _clock, NullLogger<Conductor>.Instance);
    }

    private static PublishOrder Version(Service service) =>
        new()
        {
            Service = service.Name,
            Number = SemanticVersion.Parse("1.0.0"),
            Channel = "stable",
            Image = null,
            Environment = ImmutableSortedDictionary<string, string>.Empty,
        };

    public static Line Line(Service service, int count) =>
        new()
        {
            Service = service.Name,
            Timetable = new Timetable("0 0 * * * ?", "UTC"),
            Boarding = new BoardingRule("stable", TimeSpan.Zero),
            Route =
            [
                new Stage
                {
                    Name = Prod,
                    Pool = PoolName.Parse("default"),
                    Count = service.Template.Kind is ServiceKind.Daemon ? 0 : count,
                    Strategy = new CanaryStrategy
                    {
                        Steps = [],
                        MaxSurge = 1,
                        MaxUnavailable = 0,
                        ReadyWithin = TimeSpan.FromMinutes(10),
                    },
                    Approval = null,
                    Judge = new JudgePolicy
                    {
                        Alpha = 0.001,
                        Beta = 0.05,
                        ToleratedRatio = 1,
                        AcceptableErrorRate = 0.05,
                    },
                    Soak = TimeSpan.Zero,
                },
            ],
        };

    private CellInput.HostReported Report(HostId host, Resources capacity, string hostClass) =>
        new(
            new ReportedHost
            {
                Id = host,
                Session = "s",
                Sequence = 1,
                Epoch = Conductor.Current.Epoch,
                Revision = 1,
                Digest = "",
                Capacity = capacity,
                Runtime = "oci",
                AgentVersion = "1.0.0",
                Labels = ImmutableSortedDictionary<string, string>.Empty.Add("node.class", hostClass),
                Instances = [],
            }
        );

    /// <summary>The machine's clock, which can be set forward.</summary>
    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
