using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using Orchestrator.Storage;

namespace Orchestrator.Benchmarks;

/// <summary>What trains that ended long ago still cost: they stay in the cell, so that a version is known to have travelled.</summary>
internal static class History
{
    private const string Name = "history";
    private const int Services = 2_000;
    private const int PastTrains = 50;
    private const int Ticks = 21;

    private const string Workload =
        "100,000 trains that ended, of one version and one stage each, of 2,000 services with five rollouts under way each, in SQLite";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Figure> Measure()
    {
        MeasureAsync(ManyRollouts.ACell(Services)).GetAwaiter().GetResult(); // Warms up.
        var without = MeasureAsync(ManyRollouts.ACell(Services)).GetAwaiter().GetResult();
        var with = MeasureAsync(WithPast(ManyRollouts.ACell(Services))).GetAwaiter().GetResult();
        return
        [
            Figure(
                "bytes_per_train",
                (with.Bytes - without.Bytes) / (double)(Services * PastTrains),
                "bytes",
                with.Bytes
            ),
            Figure("load_seconds", with.Load.TotalSeconds, "s", without.Load.TotalSeconds),
            Figure("tick_ms", with.Tick.TotalMilliseconds, "ms", without.Tick.TotalMilliseconds),
        ];
    }

    private static Figure Figure(string metric, double value, string unit, double other) =>
        new(
            Name,
            metric,
            Math.Round(value, 2),
            unit,
            Workload,
            metric == "bytes_per_train"
                ? string.Create(CultureInfo.InvariantCulture, $"({other / 1048576.0:0} MiB in all)")
                : string.Create(CultureInfo.InvariantCulture, $"({other:0.##} {unit} without them)")
        );

    /// <summary>Stored, and read as a conductor reads it that takes over.</summary>
    [SuppressMessage("Major Code Smell", "S1215", Justification = "What is alive is what is measured.")]
    private static async Task<(long Bytes, TimeSpan Load, TimeSpan Tick)> MeasureAsync(Cell cell)
    {
        var directory = Directory.CreateTempSubdirectory("orc-bench-");
        try
        {
            await using var database = await Database.OpenSqliteAsync(
                Path.Combine(directory.FullName, "cell.db"),
                CancellationToken.None
            );
            await SaveAsync(database, cell);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            var loaded = await CellStore.LoadAsync(database, "default", CancellationToken.None);
            var draft = CellDraft.From(loaded, CellSettings.Distributed, epoch: 1, Now);
            var load = System.Diagnostics.Stopwatch.GetElapsedTime(start);
            CellMachine.Decide(draft, [], Now);
            var ticks = Enumerable
                .Range(1, Ticks)
                .Select(second => Runs.Time(() => CellMachine.Decide(draft, [], Now.AddSeconds(second))))
                .Order()
                .ToList();
            var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
            GC.KeepAlive(draft);
            return (bytes, load, ticks[Ticks / 2]);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task SaveAsync(Database database, Cell cell)
    {
        var lease = (
            await Leases.AcquireAsync(database, "default", "bench", TimeSpan.FromHours(1), CancellationToken.None)
        )!;
        var nothing = CellMachine
            .Decide(CellDraft.From(Cell.Empty, CellSettings.Distributed, epoch: 1, Now), [], Now)
            .Changes;
        await using var unit = await database.BeginAsync(lease, CancellationToken.None);
        await CellStore.SaveAsync(
            unit,
            nothing with
            {
                Services = [.. cell.Services.Values],
                Versions = [.. cell.Versions.Values],
                Lines = [.. cell.Lines.Values],
                Trains = [.. cell.Trains.Values],
                Rollouts = [.. cell.Rollouts.Values],
                Deployments = [.. cell.Deployments.Values],
                Hosts = [.. cell.Hosts.Values],
                Instances = [.. cell.Instances.Values],
            },
            CancellationToken.None
        );
        await unit.CommitAsync(CancellationToken.None);
    }

    private static Cell WithPast(Cell cell)
    {
        var (versions, trains, rollouts) = (
            cell.Versions.ToBuilder(),
            cell.Trains.ToBuilder(),
            cell.Rollouts.ToBuilder()
        );
        foreach (var (index, first) in cell.Rollouts.Values.DistinctBy(rollout => rollout.Service).Index())
        {
            // Each line has stages of its own, which it shares with nobody.
            var rollout = first with
            {
                Stage = first.Stage with { Soak = TimeSpan.FromSeconds(index) },
            };
            for (var number = 0; number < PastTrains; number++)
            {
                var (version, train, past) = Past(cell, rollout, number);
                versions.Add(new VersionKey(version.Service, version.Number), version);
                trains.Add(TrainKey.Of(train.Id), train);
                rollouts.Add(past.Id, past);
            }
        }

        return cell with
        {
            Versions = versions.ToImmutable(),
            Trains = trains.ToImmutable(),
            Rollouts = rollouts.ToImmutable(),
        };
    }

    private static (ServiceVersion, Train, Rollout) Past(Cell cell, Rollout like, int number)
    {
        var at = Now.AddDays(number - PastTrains);
        var published = cell.Versions[new VersionKey(like.Service, like.To)];
        var version = published with
        {
            Template = published.Template with { Command = [like.Service.Value] },
            Number = SemanticVersion.Parse(string.Create(CultureInfo.InvariantCulture, $"0.{number}.0")),
        };
        var id = TrainId.Of(LineName.Of(like.Service), 100 + number);
        var open = cell.Trains[TrainKey.Of(like.Id.Train)];
        var train = open with
        {
            Id = id,
            Route = [.. open.Route.Select(stage => stage with { Soak = like.Stage.Soak })],
            DepartsAt = at,
            Phase = new TrainPhase.Arrived(),
            Consist = new Consist([new Car(like.Service, version.Number, "sha256:0")], $"sha256:{number}", at),
            EndedAt = at,
        };
        var rollout = like with
        {
            Id = RolloutId.Of(id, like.Stage.Name),
            To = version.Number,
            Phase = new RolloutPhase.Succeeded(),
            PlannedAt = at,
            SucceededAt = at,
            EndedAt = at,
        };
        return (version, train, rollout);
    }
}
