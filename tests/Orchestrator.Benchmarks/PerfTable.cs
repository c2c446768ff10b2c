using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>
/// The workloads that kube-scheduler keeps floors for (its test/integration/scheduler_perf), decided in Core on one core: hosts
/// of 4 cpu, 32 GiB and 110 pods, which are a custom count here, and pods of 100 millicores and 500 MiB.
/// </summary>
internal static class PerfTable
{
    internal const string Name = "perf-table";

    private const int Hosts = 5_000;
    private const int Zones = 3;
    private const int AllPods = 60_000;
    private const int PreemptionFloor = 570;

    /// <summary>As often beside a pod as at the floor's own pace: 5 a second beside 600.</summary>
    private const int ChurnEvery = 600 / 5;

    private static readonly ResourceName Pods = ResourceName.Parse("pods");
    internal static readonly Resources Node = Shape(4_000, 32_768, 110);
    internal static readonly PlacementRequest Plain = Fleets.Request(Shape(100, 500, 1), PlacementWeights.Spread);

    public static IEnumerable<Figure> Measure() =>
        Rows()
            .SelectMany(MeasureRow)
            .Concat(WithFloor(Preempting.Rate(Name, "pods_per_second"), PreemptionFloor))
            .Concat(DaemonRow.Measure());

    internal static Resources Shape(int cpuMillicores, int memoryMebibytes, int pods) =>
        new(cpuMillicores, memoryMebibytes) { Counts = [new NamedCount(Pods, pods)] };

    /// <summary>A rate, and how often it is the row's floor.</summary>
    internal static IEnumerable<Figure> WithFloor(Figure rate, int floor) =>
        [
            rate,
            rate with
            {
                Metric = "over_floor",
                Value = Math.Round(rate.Value / floor, 1),
                Unit = "times",
                Spread = string.Create(CultureInfo.InvariantCulture, $"(the floor is {floor} pods/s)"),
            },
        ];

    private static IEnumerable<Row> Rows() =>
        [
            new Row("SchedulingBasic", 1_000, 10_000, 680, Plain),
            new Row("SchedulingBasic", 5_000, 50_000, 810, Plain),
            new Row("NodeAffinity", 5_000, 10_000, 220, Of(With(new HostConstraint.OneOf("zone", ["z000", "z001"])))),
            new Row("TopologySpreading", 5_000, 5_000, 460, Of(Spread("zone", maxSkew: 5, isHard: true))),
            new Row("PreferredTopologySpreading", 5_000, 5_000, 340, Of(Spread("zone", maxSkew: 5, isHard: false))),
            new Row("DefaultTopologySpreading", 5_000, 50_000, 160, Of(Spread("zone", maxSkew: 3, isHard: false))),
            new Row("PodAffinity", 5_000, 5_000, 35, Of(Near("zone", weight: null)), IsAlike: true),
            new Row("PreferredPodAffinity", 5_000, 5_000, 90, Of(Near("host", weight: 50)), IsAlike: true),
            new Row("PreferredPodAntiAffinity", 5_000, 5_000, 90, Of(Apart("host", weight: 50)), IsAlike: true),
            new Row("PodAntiAffinity", 1_000, 2_000, 60, Of(Apart("host", weight: null)), IsAlike: true),
            new Row("MixedBasePod", 10_000, 5_000, 140, Plain) { Existing = Mixed() },
            new Row("Unschedulable", 20_000, 10_000, 600, Plain) { HasChurn = true },
        ];

    private static IEnumerable<Figure> MeasureRow(Row row)
    {
        var workload = string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Name}: {Hosts:#,0} hosts, {row.Before:#,0} pods before, {row.Pods:#,0} measured, one core"
        );
        return WithFloor(Runs.Rate(Name, "pods_per_second", workload, () => Run(row)), row.Floor);
    }

    private static (int Done, TimeSpan Elapsed) Run(Row row)
    {
        var fleet = Fleets.Of(Hosts, Node, "zone", Zones);
        Fill(fleet, row);
        var spec = SpecOf(row.Request, row.IsAlike ? 0 : AllPods);
        fleet.KeepApart(spec.Group, row.Request.Rules.Apart);
        // A fresh one each time: that nothing fits is not remembered with the spec.
        var tooLarge = Plain with
        {
            Demand = Shape(9_000, 500, 1),
        };
        return (
            row.Pods,
            Runs.Time(() =>
            {
                for (var number = 0; number < row.Pods; number++)
                {
                    Fleets.MustPlace(fleet, spec);
                    if (row.HasChurn && number % ChurnEvery == 0 && Fleets.TryPlace(fleet, SpecOf(tooLarge, number)))
                    {
                        throw new InvalidOperationException("What is larger than any host was placed.");
                    }
                }
            })
        );
    }

    private static void Fill(PlacementFleet fleet, Row row)
    {
        var kinds = row.Existing ?? [row.IsAlike ? row.Request : Plain];
        for (var kind = 0; kind < kinds.Count; kind++)
        {
            var spec = SpecOf(kinds[kind], kind);
            fleet.KeepApart(spec.Group, kinds[kind].Rules.Apart);
            for (var number = 0; number < row.Before / kinds.Count; number++)
            {
                Fleets.MustPlace(fleet, spec);
            }
        }
    }

    /// <summary>Five kinds of pods, each about itself.</summary>
    private static PlacementRequest[] Mixed() =>
        [
            Plain,
            RulesOf(1, "zone", weight: null, isNear: true),
            RulesOf(2, "host", weight: null, isNear: false),
            RulesOf(3, "host", weight: 50, isNear: true),
            RulesOf(4, "host", weight: 50, isNear: false),
        ];

    internal static PlacementSpec SpecOf(PlacementRequest request, int group) => new(request, Fleets.Group(group));

    private static PlacementRequest Of(PlacementRules rules) => Plain with { Rules = rules };

    private static PlacementRules With(HostConstraint constraint) =>
        PlacementRules.None with
        {
            Constraints = [constraint],
        };

    private static PlacementRules Spread(string label, int maxSkew, bool isHard) =>
        PlacementRules.None with
        {
            Spreads =
            [
                new SpreadRule(label, maxSkew, isHard, ImmutableSortedDictionary<string, int>.Empty, int.MaxValue),
            ],
        };

    private static PlacementRules Near(string label, int? weight) => RulesOf(0, label, weight, isNear: true).Rules;

    private static PlacementRules Apart(string label, int? weight) => RulesOf(0, label, weight, isNear: false).Rules;

    private static PlacementRequest RulesOf(int group, string label, int? weight, bool isNear)
    {
        var rule = new NeighbourRule(Fleets.Group(group).Service, Stage: null, label, weight);
        return Of(isNear ? PlacementRules.None with { Near = [rule] } : PlacementRules.None with { Apart = [rule] });
    }

    /// <param name="IsAlike">Those before are of the same service and have the same rules; else they are plain ones of another.</param>
    private sealed record Row(
        string Name,
        int Before,
        int Pods,
        int Floor,
        PlacementRequest Request,
        bool IsAlike = false
    )
    {
        /// <summary>Kinds of those before, each a service of its own, where they are not all one kind.</summary>
        public IReadOnlyList<PlacementRequest>? Existing { get; init; }

        /// <summary>Pods are asked for that fit nowhere.</summary>
        public bool HasChurn { get; init; }
    }
}
