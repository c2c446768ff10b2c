using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Bus;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;
using Orchestrator.Messaging;
using Orchestrator.Storage;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Benchmarks.Proxying;

/// <summary>
/// From a sample that is sent over the API until a gateway has the table that takes the canary's traffic away: one replica
/// with SQLite and the bus in memory, in one process, with a thousand rollouts under way.
/// </summary>
internal static class PushToRollback
{
    private const int Services = 200;
    private const int Samples = 200;
    private const string Metric = "lost";
    private const string Cell = "default";
    private const string Gateway = "g1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<IEnumerable<Figure>> MeasureAsync()
    {
        var directory = Directory.CreateTempSubdirectory("orc-bench-");
        try
        {
            await using var database = await Database.OpenSqliteAsync(
                Path.Combine(directory.FullName, "cell.db"),
                CancellationToken.None
            );
            await SaveAsync(database);
            await using var bus = await MessageBus.StartInMemoryAsync(CancellationToken.None);
            await using var gateway = await TableWatch.StartAsync(bus);
            await using var host = await ControlPlaneHost.StartAsync(
                new ControlPlaneOptions
                {
                    DataDirectory = directory.FullName,
                    ListenUrl = "http://127.0.0.1:0",
                    IsEmbedded = true,
                },
                database,
                bus,
                NullLoggerFactory.Instance,
                TimeProvider.System,
                CancellationToken.None
            );
            using var http = new HttpClient { BaseAddress = host.Address };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                (await File.ReadAllTextAsync(Path.Combine(directory.FullName, "admin-token"))).Trim()
            );
            var figures = FiguresOf(await TimesAsync(http, gateway));
            await host.StopAsync(CancellationToken.None);
            return figures;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<List<double>> TimesAsync(HttpClient http, TableWatch gateway)
    {
        await gateway.UntilAsync(table => table.Routes.Count > 0);
        var times = new List<double>();
        for (var number = 0; number < Samples; number++)
        {
            var service = string.Create(CultureInfo.InvariantCulture, $"s{number:D4}");
            await gateway.HeartbeatAsync();
            var now = DateTimeOffset.UtcNow;
            var started = Stopwatch.GetTimestamp();
            using var answer = await http.PostAsJsonAsync(
                $"/v1/rollouts/{service}/5/ring-0/samples",
                new SampleRequest
                {
                    Metric = Metric,
                    From = now.AddMilliseconds(-10),
                    To = now,
                    Canary = new ArmSample { Total = 100, Hits = 60 },
                    Control = new ArmSample { Total = 900, Hits = 0 },
                }
            );
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
            }

            await gateway.UntilAsync(table => !HasCanary(table, service));
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return times;
    }

    private static bool HasCanary(RouteTable table, string service) =>
        table
            .Routes.Where(route => route.Service == service && route.Stage == "ring-0")
            .SelectMany(route => route.Versions)
            .Any(version => version is { Version: "1.1.0", WeightPercent: > 0 });

    private static IEnumerable<Figure> FiguresOf(List<double> times)
    {
        times.Sort();
        return
        [
            One("metric_to_rollback_p50_ms", times[times.Count / 2]),
            One("metric_to_rollback_p99_ms", times[times.Count * 99 / 100]),
        ];

        static Figure One(string metric, double value) =>
            new(
                RolloutUnderLoad.Name,
                metric,
                Math.Round(value, 1),
                "ms",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Samples} bad samples sent, one after the other, until a gateway has the table; {Services * 5} rollouts under way"
                ),
                ""
            );
    }

    /// <summary>As they are while their canaries bake, and judged by what is sent.</summary>
    private static async Task SaveAsync(Database database)
    {
        var cell = ManyRollouts.ACell(Services);
        var now = DateTimeOffset.UtcNow;
        var lease = (
            await Leases.AcquireAsync(database, Cell, "bench", TimeSpan.FromMinutes(1), CancellationToken.None)
        )!;
        await using (var unit = await database.BeginAsync(lease, CancellationToken.None))
        {
            var changes = Changes.None with
            {
                Services = [.. cell.Services.Values],
                Versions = [.. cell.Versions.Values],
                Lines = [.. cell.Lines.Values],
                Trains = [.. cell.Trains.Values],
                Rollouts = [.. cell.Rollouts.Values.Select(rollout => Sent(rollout, now))],
                Deployments = [.. cell.Deployments.Values],
                Hosts = [.. cell.Hosts.Values],
                Instances = [.. cell.Instances.Values],
            };
            await CellStore.SaveAsync(unit, changes, CancellationToken.None);
            await unit.CommitAsync(CancellationToken.None);
        }

        await Leases.ReleaseAsync(database, lease, CancellationToken.None);
    }

    private static Rollout Sent(Rollout rollout, DateTimeOffset now)
    {
        var rule = new MetricRule
        {
            Name = Metric,
            Kind = MetricKind.Share,
            IsLowerWorse = false,
            ToleratedRatio = 1,
            InferiorRatio = 2,
            MinimumSamples = 1,
            Source = new MetricSource.Push(),
        };
        var stage = rollout.Stage with { Judge = rollout.Stage.Judge with { Metrics = [rule], CountsErrors = false } };
        var policy = StageJudge.PolicyOf(stage.Judge, stage.Strategy.Steps[0]);
        var since = now.AddMinutes(-1);
        return rollout with
        {
            Stage = stage,
            Phase = new RolloutPhase.Baking(Step: 0, since),
            PlannedAt = since,
            Evidence = CanaryEvidence.Begin(policy, [Noise.Independent(TimeSpan.Zero)], since),
        };
    }

    /// <summary>A gateway's side of the bus: it takes every table, and says so.</summary>
    private sealed class TableWatch : IAsyncDisposable
    {
        private readonly MessageBus _bus;
        private readonly SemaphoreSlim _changed = new(initialCount: 0);
        private IAsyncDisposable? _receiving;
        private volatile RouteTable? _table;

        private TableWatch(MessageBus bus) => _bus = bus;

        public static async Task<TableWatch> StartAsync(MessageBus bus)
        {
            var watch = new TableWatch(bus);
            watch._receiving = await bus.ReceiveAsync<RouteTable>(
                Queues.Gateway(Gateway),
                watch.TakeAsync,
                CancellationToken.None
            );
            return watch;
        }

        public async Task UntilAsync(Func<RouteTable, bool> isTrue)
        {
            var started = Stopwatch.GetTimestamp();
            while (_table is not { } table || !isTrue(table))
            {
                if (Stopwatch.GetElapsedTime(started) > Patience)
                {
                    throw new InvalidOperationException("The table did not come.");
                }

                if (_table is null)
                {
                    await HeartbeatAsync();
                }

                await _changed.WaitAsync(TimeSpan.FromMilliseconds(100));
            }
        }

        public Task HeartbeatAsync() =>
            _bus.SendTelemetryAsync(
                Queues.Telemetry(Cell),
                new Telemetry
                {
                    Gateways = [new GatewayHeartbeat(Gateway, "s", _table?.Epoch ?? 0, _table?.Revision ?? 0, [])],
                },
                CancellationToken.None
            );

        public async ValueTask DisposeAsync()
        {
            if (_receiving is not null)
            {
                await _receiving.DisposeAsync();
            }

            _changed.Dispose();
        }

        private Task TakeAsync(RouteTable table, CancellationToken cancellationToken)
        {
            _table = table;
            _changed.Release();
            return Task.CompletedTask;
        }
    }
}
