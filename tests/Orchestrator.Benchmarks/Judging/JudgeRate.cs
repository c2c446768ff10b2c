using Orchestrator.Core.Judging;

namespace Orchestrator.Benchmarks.Judging;

/// <summary>
/// How many updates one core makes a second: a sample of one metric goes in, and it is known whether the canary fails, is held,
/// or is good enough. Samples are made beforehand; a judge is made anew for each rollout of an hour.
/// </summary>
internal static class JudgeRate
{
    private const int Rollouts = 200;
    private const int Rounds = 10;

    public static IEnumerable<Figure> Measure()
    {
        foreach (var kind in StreamKind.All.Where(kind => kind.Name is "iid" or "bursts of 5"))
        {
            var dice = new Dice(seed: 1);
            var noise = Rollout.Measure(kind, dice);
            var slots = Enumerable.Range(0, Rollouts).Select(_ => Rollout.Simulate(kind, Fault.None, dice)).ToList();
            for (var metric = 0; metric < Judged.Policy.Metrics.Length; metric++)
            {
                var samples = slots.ConvertAll(hour => Array.ConvertAll(hour, slot => SampleOf(slot, metric)));
                var (policy, measured) = (PolicyOf(metric), noise[metric]);
                yield return Runs.Rate(
                    "judge",
                    "updates_per_second",
                    $"{policy.Metrics[0].Name}, {kind.Name}, with all decisions after each, one core",
                    () =>
                        (
                            Rounds * Rollouts * TrafficStream.SlotsAnHour,
                            Runs.Time(() => Judge(policy, measured, samples))
                        )
                );
            }
        }
    }

    private static CanaryPolicy PolicyOf(int metric) =>
        Judged.Policy with
        {
            Metrics = [Judged.Policy.Metrics[metric] with { Alpha = new AlphaUse.Own(0.0005) }],
        };

    private static MetricSample SampleOf(Slot slot, int metric) =>
        metric switch
        {
            0 => slot.Errors,
            1 => slot.Latency,
            _ => slot.Cpu,
        };

    private static void Judge(CanaryPolicy policy, Noise noise, List<MetricSample[]> rollouts)
    {
        var goodEnough = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var samples in rollouts)
            {
                var watch = new CanaryWatch(policy, [noise]);
                foreach (var sample in samples)
                {
                    watch.Observe(0, sample);
                    goodEnough += watch.Suspect() is null && watch.Metrics[0].IsGoodEnough ? 1 : 0;
                }
            }
        }

        if (goodEnough == 0)
        {
            throw new InvalidOperationException("No canary was ever good enough.");
        }
    }
}
