using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using Orchestrator.Storage;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Benchmarks;

/// <summary>Ten thousand rollouts at once: how fast their news is decided, and how fast what was decided is stored.</summary>
internal static class ManyRollouts
{
    private const string Name = "rollouts";
    private const int Services = 2_000;
    private const int StagesEach = 5;
    private const int Rollouts = Services * StagesEach;
    private const int Hosts = 200;
    private const int Batches = 20;
    private const int CommittedBatches = 3;

    private const string Workload =
        "10,000 rollouts baking a canary, 2,000 services at 5 stages; traffic of all of them, 100 reports a batch";

    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly SemanticVersion Old = SemanticVersion.Parse("1.0.0");
    private static readonly SemanticVersion New = SemanticVersion.Parse("1.1.0");

    public static IEnumerable<Figure> Measure()
    {
        yield return Runs.Rate(
            Name,
            "events_per_second",
            $"{Workload}; decided whole, by the conductor's core",
            Decide
        );
        var server = new PostgresServer();
        StartAsync(server).GetAwaiter().GetResult();
        try
        {
            yield return Runs.Rate(
                Name,
                "commits_per_second",
                $"{Workload}; changed rollouts with their journal in one transaction a batch, to a PostgreSQL that does not fsync",
                () => CommitAsync(server).GetAwaiter().GetResult()
            );
        }
        finally
        {
            StopAsync(server).GetAwaiter().GetResult();
        }
    }

    private static async Task StartAsync(PostgresServer server)
    {
        await server.InitializeAsync();
        if (server.Missing is { } missing)
        {
            throw new InvalidDataException(missing);
        }
    }

    private static async Task StopAsync(PostgresServer server) => await server.DisposeAsync();

    private static (int Done, TimeSpan Elapsed) Decide()
    {
        var draft = CellDraft.From(ACell(), CellSettings.Distributed, epoch: 1, Start);
        CellMachine.Decide(draft, [], Start);
        var elapsed = TimeSpan.Zero;
        for (var number = 1; number <= Batches; number++)
        {
            var (batch, now) = (Traffic(number), Start.AddSeconds(number));
            elapsed += Runs.Time(() => CellMachine.Decide(draft, batch, now));
        }

        return (Rollouts * Batches, elapsed);
    }

    private static async Task<(int Done, TimeSpan Elapsed)> CommitAsync(PostgresServer server)
    {
        await using var database = await Database.OpenPostgresAsync(
            await server.CreateDatabaseAsync(CancellationToken.None),
            CancellationToken.None
        );
        var draft = CellDraft.From(ACell(), CellSettings.Distributed, epoch: 1, Start);
        CellMachine.Decide(draft, [], Start);
        var lease = (
            await Leases.AcquireAsync(database, "default", "bench", TimeSpan.FromHours(1), CancellationToken.None)
        )!;
        var elapsed = TimeSpan.Zero;
        for (var number = 1; number <= CommittedBatches; number++)
        {
            var decision = CellMachine.Decide(draft, Traffic(number), Start.AddSeconds(number));
            if (decision.Changes.Rollouts.Length != Rollouts)
            {
                throw new InvalidOperationException($"Only {decision.Changes.Rollouts.Length} rollouts changed.");
            }

            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            await using var unit = await database.BeginAsync(lease, CancellationToken.None);
            await CellStore.SaveAsync(unit, decision.Changes, CancellationToken.None);
            await Journal.AppendAsync(unit, decision.Entries, CancellationToken.None);
            await unit.CommitAsync(CancellationToken.None);
            elapsed += System.Diagnostics.Stopwatch.GetElapsedTime(start);
        }

        return (Rollouts * CommittedBatches, elapsed);
    }

    /// <summary>As a hundred gateways would tell it, each of some services.</summary>
    private static List<CellInput> Traffic(int second)
    {
        const int gateways = 100;
        var (from, until) = (Start.AddSeconds(second - 1), Start.AddSeconds(second));
        return
        [
            .. Enumerable
                .Range(0, gateways)
                .Select(gateway => new CellInput.TrafficCounted(
                    GatewayId.Parse(string.Create(CultureInfo.InvariantCulture, $"g{gateway}")),
                    "s",
                    second,
                    from,
                    until,
                    [
                        .. Enumerable
                            .Range(0, Services / gateways)
                            .SelectMany(number =>
                                Stages()
                                    .SelectMany(stage =>
                                        Counts(ServiceOf((gateway * Services / gateways) + number), stage)
                                    )
                            ),
                    ]
                )),
        ];
    }

    private static IEnumerable<TrafficCount> Counts(ServiceName service, StageName stage) =>
        [
            new TrafficCount(service, stage, New, Requests: 10, Errors: 0),
            new TrafficCount(service, stage, Old, Requests: 90, Errors: 0),
        ];

    private static Cell ACell() => ACell(Services);

    /// <summary>With five rollouts for each service.</summary>
    public static Cell ACell(int count)
    {
        var services = Enumerable.Range(0, count).Select(ServiceOf).ToList();
        return Cell.Empty with
        {
            Services = services.ToImmutableSortedDictionary(name => name, name => Job(name)),
            Versions = services
                .SelectMany(name => new[] { Old, New }.Select(number => Version(name, number)))
                .ToImmutableSortedDictionary(
                    version => new VersionKey(version.Service, version.Number),
                    version => version
                ),
            Lines = services.ToImmutableSortedDictionary(LineName.Of, LineOf),
            Trains = services
                .SelectMany(name => Stages().Select((stage, index) => TrainOf(name, stage, index)))
                .ToImmutableSortedDictionary(train => TrainKey.Of(train.Id), train => train),
            Rollouts = services
                .SelectMany(name => Stages().Select((stage, index) => RolloutOf(name, stage, index)))
                .ToImmutableSortedDictionary(rollout => rollout.Id, rollout => rollout),
            Deployments = services
                .SelectMany(name => Stages().Select(stage => DeploymentOf(name, stage)))
                .ToImmutableSortedDictionary(each => new DeploymentKey(each.Service, each.Stage), each => each),
            Hosts = Enumerable
                .Range(0, Hosts)
                .Select(number =>
                    Fleets.AHost(
                        HostOf(number).Value,
                        new Resources(64_000, 262_144),
                        ImmutableSortedDictionary<string, string>.Empty.Add("node.class", "all")
                    )
                )
                .ToImmutableSortedDictionary(host => host.Id, host => host),
            Instances = InstanceTable.From(
                services.SelectMany(
                    (name, number) => Stages().SelectMany(stage => InstancesOf(name, stage, HostOf(number % Hosts)))
                )
            ),
        };
    }

    /// <summary>One of each version, ready, so that there is nothing to do but to judge.</summary>
    private static IEnumerable<Instance> InstancesOf(ServiceName name, StageName stage, HostId host) =>
        new[] { Old, New }.Select(
            (version, index) =>
                new Instance
                {
                    Id = InstanceId.Of(name, stage, index + 1),
                    Service = name,
                    Stage = stage,
                    Version = version,
                    Host = host,
                    Generation = 1,
                    Demand = new Resources(100, 64),
                    Phase = new InstancePhase.Active(),
                    Observed = new Observation(ObservedState.Ready, "127.0.0.1:1", Restarts: 0, Reason: ""),
                    PlacedAt = Start,
                }
        );

    private static HostId HostOf(int number) =>
        HostId.Parse(string.Create(CultureInfo.InvariantCulture, $"h{number:D3}"));

    private static ServiceName ServiceOf(int number) =>
        ServiceName.Parse(string.Create(CultureInfo.InvariantCulture, $"s{number:D4}"));

    private static IEnumerable<StageName> Stages() =>
        Enumerable
            .Range(0, StagesEach)
            .Select(number => StageName.Parse(string.Create(CultureInfo.InvariantCulture, $"ring-{number}")));

    private static Service Job(ServiceName name) =>
        ConductedCell.Job(0, new Resources(100, 64), "all") with
        {
            Name = name,
        };

    private static ServiceVersion Version(ServiceName name, SemanticVersion number) =>
        new()
        {
            Service = name,
            Number = number,
            Channel = "stable",
            Template = Job(name).Template,
            Dependencies = [],
            PublishedBy = "bench",
            PublishedAt = Start,
        };

    private static Line LineOf(ServiceName name) =>
        new()
        {
            Service = name,
            Timetable = new Timetable("0 0 * * * ?", "UTC"),
            Boarding = new BoardingRule("stable", TimeSpan.Zero),
            Route = [.. Stages().Select(StageOf)],
        };

    private static Stage StageOf(StageName name) =>
        new()
        {
            Name = name,
            Pool = PoolName.Parse("default"),
            Count = 1,
            Strategy = new CanaryStrategy
            {
                Steps =
                [
                    new CanaryStep
                    {
                        Instances = 1,
                        WeightPercent = 10,
                        Bake = TimeSpan.FromHours(1),
                        MinimumRequests = 10_000,
                        JudgeWithin = TimeSpan.FromHours(2),
                    },
                ],
                MaxSurge = 1,
                MaxUnavailable = 0,
                ReadyWithin = TimeSpan.FromHours(3),
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
        };

    /// <summary>A train for each stage, as if they followed each other along the line.</summary>
    private static Train TrainOf(ServiceName name, StageName stage, int index)
    {
        var id = TrainId.Of(LineName.Of(name), StagesEach - index);
        return new Train
        {
            Id = id,
            DepartsAt = Start,
            Phase = new TrainPhase.Departed(index, Start),
            Consist = new Consist([new Car(name, New, "sha256:0")], $"sha256:{stage}", Start),
            EndedAt = null,
            Route = [.. Stages().Select(StageOf)],
        };
    }

    private static Rollout RolloutOf(ServiceName name, StageName stage, int index) =>
        new()
        {
            Id = RolloutId.Of(TrainId.Of(LineName.Of(name), StagesEach - index), stage),
            Service = name,
            Stage = StageOf(stage),
            From = Old,
            To = New,
            PublishedBy = "bench",
            ConsistHash = $"sha256:{stage}",
            Phase = new RolloutPhase.Baking(Step: 0, Start),
            Approval = null,
            Verdict = null,
            UnreadySince = null,
            PlannedAt = Start,
            EndedAt = null,
        };

    private static Deployment DeploymentOf(ServiceName name, StageName stage) =>
        new()
        {
            Service = name,
            Stage = stage,
            Pool = PoolName.Parse("default"),
            Current = Old,
            Targets =
            [
                new VersionTarget(Old, Count: 1, WeightPercent: 90),
                new VersionTarget(New, Count: 1, WeightPercent: 10),
            ],
            NextInstanceNumber = 3,
            Unplaced = "",
        };
}
