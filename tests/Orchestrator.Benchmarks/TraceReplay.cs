using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;

namespace Orchestrator.Benchmarks;

/// <summary>
/// How full a real fleet gets before a pod is refused, and how many pods of all find room, by policy. The trace itself never
/// asks for more than a hundredth of its fleet at a time, so that it is also replayed in ways that fill it.
/// </summary>
internal static class TraceReplay
{
    /// <summary>Orders of arrival, and of random placement: the median of these counts.</summary>
    private const ulong Seeds = 5;

    /// <summary>The trace's peak is 1.06 % of the devices: so many times it is just too much.</summary>
    private const int Copies = 100;

    /// <summary>As in "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with FGD" (USENIX ATC 2023).</summary>
    private const double SampledPart = 1.3;

    private static readonly (string Name, bool IsRandom, Func<Trace, ulong, ITracePolicy> Make)[] Policies =
    [
        ("ours", IsRandom: false, (trace, _) => new OurPolicy(trace)),
        ("best-fit", IsRandom: false, (trace, _) => PlainPolicy.BestFit(trace)),
        ("first-fit", IsRandom: false, (trace, _) => PlainPolicy.FirstFit(trace)),
        ("random-fit", IsRandom: true, PlainPolicy.RandomFit),
    ];

    public static IEnumerable<Figure> Measure(string directory)
    {
        var trace = Trace.Read(directory);
        (string Name, bool IsRandom, Func<ulong, ImmutableArray<Arrival>> Of)[] workloads =
        [
            ("as it was", IsRandom: false, _ => Replay(trace, copies: 1)),
            ("as it was, and none ever leaves", IsRandom: false, _ => Staying(Replay(trace, copies: 1))),
            (
                "1.3 times as many, drawn at random, and none ever leaves",
                IsRandom: true,
                seed => Staying(Sample(trace, seed))
            ),
            (
                string.Create(CultureInfo.InvariantCulture, $"as it was, {Copies} of each pod"),
                IsRandom: false,
                _ => Replay(trace, Copies)
            ),
        ];
        return from workload in workloads
            from policy in Policies
            let runs = workload.IsRandom || policy.IsRandom ? Seeds : 1UL
            from figure in Figures(trace, workload.Name, workload.Of, policy.Name, policy.Make, runs)
            select figure;
    }

    private static IEnumerable<Figure> Figures(
        Trace trace,
        string workload,
        Func<ulong, ImmutableArray<Arrival>> arrivals,
        string policy,
        Func<Trace, ulong, ITracePolicy> make,
        ulong runs
    )
    {
        var outcomes = new List<Outcome>();
        for (var seed = 1UL; seed <= runs; seed++)
        {
            outcomes.Add(Run(trace, arrivals(seed), make(trace, seed)));
        }

        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{policy}: {trace.Hosts.Length:#,0} hosts; {trace.Pods.Length:#,0} pods {workload}"
        );
        if (outcomes.TrueForAll(outcome => outcome.AtFirstRefusal is not null))
        {
            yield return Of("utilisation_at_first_refusal", outcomes, each => each.AtFirstRefusal!.Gpus, text);
            yield return Of("cpu_utilisation_at_first_refusal", outcomes, each => each.AtFirstRefusal!.Cpu, text);
        }

        yield return Of("placed_share", outcomes, each => each.PlacedShare, text);
    }

    private static Figure Of(string metric, List<Outcome> outcomes, Func<Outcome, double> of, string workload)
    {
        var values = outcomes.Select(of).Order().ToList();
        var spread =
            values[^1] <= values[0] ? "" : $"(median of {values.Count}, {values[0]:0.####} to {values[^1]:0.####})";
        return new Figure("trace", metric, Math.Round(values[values.Count / 2], 4), "share", workload, spread);
    }

    private static ImmutableArray<Arrival> Replay(Trace trace, int copies) =>
        [
            .. trace
                .Pods.SelectMany(pod => Enumerable.Repeat(pod, copies))
                .Select((pod, number) => new Arrival(number, pod, pod.From, pod.Until))
                .OrderBy(arrival => arrival.From)
                .ThenBy(arrival => arrival.Number),
        ];

    private static ImmutableArray<Arrival> Sample(Trace trace, ulong seed)
    {
        var draws = new Draws(seed);
        return
        [
            .. Enumerable
                .Range(0, (int)(trace.Pods.Length * SampledPart))
                .Select(number => new Arrival(number, trace.Pods[draws.Next(trace.Pods.Length)], number, number)),
        ];
    }

    private static ImmutableArray<Arrival> Staying(ImmutableArray<Arrival> arrivals) =>
        [.. arrivals.Select(arrival => arrival with { Until = long.MaxValue })];

    /// <summary>Who leaves at the same second leaves first. Who is refused does not come again.</summary>
    private static Outcome Run(Trace trace, ImmutableArray<Arrival> arrivals, ITracePolicy policy)
    {
        var leaving = new PriorityQueue<Arrival, (long Until, int Number)>();
        var (cpu, gpus, placed) = (0L, 0L, 0);
        Utilisation? atFirstRefusal = null;
        var (allCpu, allGpus) = (
            trace.Hosts.Sum(host => (long)host.CpuMillicores),
            trace.Hosts.Sum(host => (long)host.Gpus * DeviceRequest.Whole)
        );
        foreach (var arrival in arrivals)
        {
            while (leaving.TryPeek(out var first, out var when) && when.Until <= arrival.From)
            {
                leaving.Dequeue();
                policy.Release(first.Number);
                cpu -= first.Pod.CpuMillicores;
                gpus -= (long)first.Pod.Gpus * first.Pod.GpuThousandths;
            }

            if (!policy.TryPlace(arrival.Number, arrival.Pod))
            {
                atFirstRefusal ??= new Utilisation((double)cpu / allCpu, (double)gpus / allGpus);
                continue;
            }

            placed++;
            cpu += arrival.Pod.CpuMillicores;
            gpus += (long)arrival.Pod.Gpus * arrival.Pod.GpuThousandths;
            leaving.Enqueue(arrival, (arrival.Until, arrival.Number));
        }

        return new Outcome(atFirstRefusal, (double)placed / arrivals.Length);
    }

    private sealed record Arrival(int Number, TracePod Pod, long From, long Until);

    /// <summary>0 to 1 of all that the fleet has.</summary>
    private sealed record Utilisation(double Cpu, double Gpus);

    private sealed record Outcome(Utilisation? AtFirstRefusal, double PlacedShare);
}
