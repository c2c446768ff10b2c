using System.Globalization;
using System.Text.Json;
using Orchestrator.Benchmarks.Deploying;
using Orchestrator.Benchmarks.Judging;
using Orchestrator.Benchmarks.Proxying;

namespace Orchestrator.Benchmarks;

/// <summary>One measured figure.</summary>
/// <param name="Spread">How the runs differed, for people; empty for a figure that has no runs.</param>
internal sealed record Figure(string Case, string Metric, double Value, string Unit, string Workload, string Spread);

internal static class BenchmarkCommand
{
    private const string Usage =
        "usage: Orchestrator.Benchmarks CASE [--json], trace DIRECTORY [--json], or judge-honesty ROLLOUTS [--json]";

    private const string TraceCase = "trace";

    private static readonly SortedDictionary<string, Func<IEnumerable<Figure>>> Cases = new(StringComparer.Ordinal)
    {
        ["agent"] = AgentFootprint.Measure,
        ["audit"] = JournalAudit.Measure,
        ["consist"] = WholeConsist.Measure,
        ["dependencies"] = DependencyChecks.Measure,
        ["history"] = History.Measure,
        ["rollouts"] = ManyRollouts.Measure,
        ["c1m"] = MillionContainers.Measure,
        ["core-grouped"] = CoreRates.Grouped,
        ["core-distinct"] = CoreRates.Distinct,
        ["deploy-20-docker"] = DeployTwenty.Docker,
        ["deploy-20-oci"] = DeployTwenty.Oci,
        [GatewayRates.Name] = GatewayRates.Measure,
        ["judge"] = JudgeRate.Measure,
        [Honesty.Name] = Honesty.Measure,
        [RolloutUnderLoad.Name] = RolloutUnderLoad.Measure,
        ["latency"] = Latency.Measure,
        ["spread"] = Spreading.Measure,
        ["growth"] = Growth.Measure,
        [PerfTable.Name] = PerfTable.Measure,
        ["preempt"] = Preempting.Measure,
        ["rebalance"] = Rebalancing.Measure,
        ["rack-loss"] = RackLoss.Measure,
        ["memory"] = MemoryUse.Measure,
        ["neighbours"] = Neighbourhoods.Measure,
    };

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var isJson = arguments.Contains("--json", StringComparer.Ordinal);
        if (CaseOf([.. arguments.Where(argument => argument != "--json")]) is not { } measure)
        {
            errors.WriteLine(Usage);
            errors.WriteLine($"cases: {string.Join(", ", Cases.Keys)}, {TraceCase}");
            return 2;
        }

        try
        {
            foreach (var figure in measure())
            {
                output.WriteLine(isJson ? Json(figure) : Text(figure));
            }
        }
        catch (InvalidDataException exception)
        {
            errors.WriteLine(exception.Message);
            return 2;
        }

        return 0;
    }

    private static Func<IEnumerable<Figure>>? CaseOf(string[] arguments) =>
        arguments switch
        {
            [TraceCase, var directory] => () => TraceReplay.Measure(directory),
            [Honesty.Name, var rollouts] when int.TryParse(rollouts, CultureInfo.InvariantCulture, out var count) =>
                () => Honesty.Measure(count),
            [var name] => Cases.GetValueOrDefault(name),
            _ => null,
        };

    private static string Json(Figure figure) =>
        JsonSerializer.Serialize(
            new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["case"] = figure.Case,
                ["metric"] = figure.Metric,
                ["value"] = figure.Value,
                ["unit"] = figure.Unit,
                ["workload"] = figure.Workload,
            }
        );

    private static string Text(Figure figure) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{figure.Case}  {figure.Metric} {figure.Value:#,0.###} {figure.Unit}  {figure.Spread}\n    {figure.Workload}"
        );
}
