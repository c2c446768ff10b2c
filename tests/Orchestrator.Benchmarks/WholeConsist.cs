using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Benchmarks;

/// <summary>How long one decision takes that seals a train of many coupled services and sends it off, and its forecast.</summary>
internal static class WholeConsist
{
    private const int Cars = 1_000;
    private const int Hosts = 100;

    private const string Workload =
        "1,000 coupled services, each needs the new version of the one before it and of two others; 100 hosts: seal, find the order, keep room for each, depart, plan a rollout for each (seal), then forecast the whole journey (plan)";

    private static readonly StageName Prod = StageName.Parse("prod");
    private static readonly SemanticVersion Old = SemanticVersion.Parse("1.0.0");
    private static readonly SemanticVersion New = SemanticVersion.Parse("2.0.0");
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Slot = Start + TimeSpan.FromHours(1);

    public static IEnumerable<Figure> Measure()
    {
        SealAndPlan(); // The first time everything is compiled as well.
        var (@seal, plan) = SealAndPlan();
        yield return Seconds("seal_seconds", @seal);
        yield return Seconds("plan_seconds", plan);
        yield return Seconds("seconds", @seal + plan);
    }

    private static Figure Seconds(string metric, TimeSpan time) =>
        new("consist", metric, Math.Round(time.TotalSeconds, 3), "s", Workload, "");

    private static (TimeSpan Seal, TimeSpan Plan) SealAndPlan()
    {
        var draft = CellDraft.From(ACell(), CellSettings.Distributed, epoch: 1, Start);
        CellMachine.Decide(draft, [.. Enumerable.Range(0, Hosts).Select(Report)], Start);
        CellMachine.Decide(draft, [new CellInput.LineTimed(LineOf().Name, Slot)], Start);

        var start = Stopwatch.GetTimestamp();
        CellMachine.Decide(draft, [new CellInput.Tick()], Slot);
        var @sealed = Stopwatch.GetElapsedTime(start);

        var cell = draft.ToCell();
        var train = cell.Trains.Values.Single();
        start = Stopwatch.GetTimestamp();
        var forecast = TrainForecaster.Of(cell, train, Slot);
        var planned = Stopwatch.GetElapsedTime(start);
        var isWhole =
            cell.Rollouts.Values.Count(rollout => rollout.Phase is RolloutPhase.Held or RolloutPhase.Promoting) == Cars
            && train is { Phase: TrainPhase.Departed, Reservations.Length: Cars }
            && forecast.Cars.Length == Cars;
        return isWhole
            ? (@sealed, planned)
            : throw new InvalidOperationException($"The train is {train.Phase}: {train.Shortage}");
    }

    private static Cell ACell()
    {
        var numbers = Enumerable.Range(0, Cars).ToList();
        return Cell.Empty with
        {
            Services = numbers.Select(ServiceOf).ToImmutableSortedDictionary(each => each.Name, each => each),
            Lines = Cell.Empty.Lines.Add(LineOf().Name, LineOf()),
            Versions = numbers
                .SelectMany(number => new[] { VersionOf(number, Old), VersionOf(number, New) })
                .ToImmutableSortedDictionary(each => new VersionKey(each.Service, each.Number), each => each),
            Deployments = numbers
                .Select(number => new Deployment
                {
                    Service = NameOf(number),
                    Stage = Prod,
                    Pool = PoolName.Parse("default"),
                    Current = Old,
                    Targets = [new VersionTarget(Old, Count: 1, WeightPercent: 100)],
                    NextInstanceNumber = 1,
                    Unplaced = "",
                })
                .ToImmutableSortedDictionary(each => new DeploymentKey(each.Service, each.Stage), each => each),
        };
    }

    private static Line LineOf() =>
        ConductedCell.Line(ServiceOf(0), count: 1) with
        {
            Coupled =
            [
                .. Enumerable.Range(1, Cars - 1).Select(each => new CoupledService(NameOf(each), IsOptional: false)),
            ],
        };

    private static Service ServiceOf(int number) => ConductedCell.Job(number, new Resources(100, 64), "all");

    private static ServiceName NameOf(int number) => ServiceOf(number).Name;

    private static ServiceVersion VersionOf(int number, SemanticVersion version) =>
        new()
        {
            Service = NameOf(number),
            Number = version,
            Channel = "stable",
            Template = ServiceOf(number).Template,
            Dependencies =
            [
                .. new[] { number - 1, number / 2, number / 3 }
                    .Distinct()
                    .Where(other => other >= 0 && other != number)
                    .Select(other => new Dependency(NameOf(other), From(version))),
            ],
            PublishedBy = "bench",
            PublishedAt = Start,
        };

    private static VersionRange From(SemanticVersion first) =>
        new(
            $">={first}",
            [
                new VersionInterval(
                    first,
                    IncludesMinimum: true,
                    Maximum: null,
                    IncludesMaximum: true,
                    IncludesPrereleases: false
                ),
            ]
        );

    private static CellInput Report(int number) =>
        new CellInput.HostReported(
            new ReportedHost
            {
                Id = HostId.Parse(string.Create(CultureInfo.InvariantCulture, $"h{number:D3}")),
                Session = "s",
                Sequence = 1,
                Epoch = 1,
                Revision = 1,
                Digest = "",
                Capacity = new Resources(CpuMillicores: 16_000, MemoryMebibytes: 65_536),
                Runtime = "oci",
                AgentVersion = "1.0.0",
                Labels = ImmutableSortedDictionary<string, string>.Empty.Add("node.class", "all"),
                Instances = [],
            }
        );
}
