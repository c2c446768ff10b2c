using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Benchmarks;

/// <summary>Several runs of the same, of which the median counts: machines are noisy.</summary>
internal static class Runs
{
    private const int Count = 5;

    /// <summary>One more before, which does not count: it warms up.</summary>
    /// <param name="run">Makes its own world, and returns how many were done in which time.</param>
    public static Figure Rate(string name, string metric, string workload, Func<(int Done, TimeSpan Elapsed)> run)
    {
        run();
        var rates = Enumerable
            .Range(0, Count)
            .Select(_ => run())
            .Select(result => result.Done / result.Elapsed.TotalSeconds)
            .Order()
            .ToList();
        return new Figure(name, metric, Math.Round(rates[Count / 2]), "1/s", workload, SpreadOf(rates));
    }

    public static TimeSpan Time(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    }

    private static string SpreadOf(List<double> ordered) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"(median of {ordered.Count} runs, {ordered[0]:#,0} to {ordered[^1]:#,0})"
        );
}
