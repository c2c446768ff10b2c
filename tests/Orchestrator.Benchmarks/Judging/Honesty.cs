using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Benchmarks.Judging;

/// <summary>
/// How often each rule rolls back what is no worse, how soon it finds what is, and how often it promotes it: on the same
/// simulated streams, three metrics each, looked at every ten seconds for an hour.
/// </summary>
internal static class Honesty
{
    internal const string Name = "judge-honesty";

    /// <summary>A rollout more of an A/A phase is a hundred times cheaper than an A/A phase more.</summary>
    private const int RolloutsAPhase = 100;

    /// <summary>All pairs of points, three metrics and twelve looks: too slow for every rollout.</summary>
    private const int KayentaEvery = 10;

    private const int DefaultRollouts = 100_000;
    private const int HourSeconds = 3600;

    private static readonly ImmutableArray<Fault> Faults =
    [
        new(Errors: 10, Latency: 1),
        new(Errors: 5, Latency: 1),
        new(Errors: 2, Latency: 1),
        new(Errors: 1.5, Latency: 1),
        new(Errors: 1, Latency: 1.2),
        new(Errors: 1, Latency: 1.5),
        new(Errors: 1, Latency: 2),
    ];

    public static IEnumerable<Figure> Measure() => Measure(DefaultRollouts);

    /// <param name="rollouts">For each stream; a tenth of it to promote bad ones, a hundredth for each fault to find.</param>
    public static IEnumerable<Figure> Measure(int rollouts) =>
        StreamKind
            .All.SelectMany(kind => FalseRollbacks(kind, rollouts))
            .Concat(StreamKind.All.SelectMany(kind => BadPromotions(kind, rollouts / 10)))
            .Concat(
                StreamKind.All.SelectMany(kind => Faults.SelectMany(fault => Detection(kind, fault, rollouts / 100)))
            );

    private static IEnumerable<Figure> FalseRollbacks(StreamKind kind, int rollouts)
    {
        var ends = Run(kind, Fault.None, rollouts, endsOnPass: false);
        foreach (var (rule, of) in ends)
        {
            yield return Share("false_rollback_share", of, end => end.FailedAfter is not null, kind, rule);
        }

        var ours = ends[0].Ends;
        yield return Share("held_share", ours, end => end.HeldAfter is not null, kind, "ours");
        yield return Share("good_promotion_share", ours, end => end.PassedAfter is not null, kind, "ours");
    }

    private static IEnumerable<Figure> BadPromotions(StreamKind kind, int rollouts) =>
        Run(kind, new Fault(Errors: 2, Latency: 1), rollouts, endsOnPass: true)
            .Select(rule =>
                Share(
                    "bad_promotion_share",
                    rule.Ends,
                    end => end.PassedAfter is not null,
                    kind,
                    $"{rule.Rule}, errors ×2"
                )
            );

    private static IEnumerable<Figure> Detection(StreamKind kind, Fault fault, int rollouts)
    {
        var what = string.Create(CultureInfo.InvariantCulture, $"errors ×{fault.Errors}, latency ×{fault.Latency}");
        foreach (var (rule, ends) in Run(kind, fault, rollouts, endsOnPass: true))
        {
            yield return Quantile("detect_p50_s", 0.5, ends, end => end.FailedAfter, $"{kind.Name}, {what}, {rule}");
            yield return Quantile("detect_p90_s", 0.9, ends, end => end.FailedAfter, $"{kind.Name}, {what}, {rule}");
            if (rule == "ours")
            {
                yield return Quantile("hold_p50_s", 0.5, ends, FailedOrHeld, $"{kind.Name}, {what}, {rule}");
            }
        }
    }

    private static int? FailedOrHeld(RolloutEnd end) => end.HeldAfter ?? end.FailedAfter;

    /// <summary>All rules on the same rollouts, phase by phase in parallel, each phase with a seed of its own.</summary>
    private static IReadOnlyList<(string Rule, List<RolloutEnd> Ends)> Run(
        StreamKind kind,
        Fault fault,
        int rollouts,
        bool endsOnPass
    )
    {
        var perPhase = Math.Min(RolloutsAPhase, Math.Max(1, rollouts / 20));
        var phases = Enumerable
            .Range(0, Math.Max(1, rollouts / perPhase))
            .AsParallel()
            .AsOrdered()
            .Select(phase => RunPhase(kind, fault, (ulong)phase, perPhase, endsOnPass))
            .ToList();
        return
        [
            .. phases[0].Select((rule, index) => (rule.Rule, phases.SelectMany(phase => phase[index].Ends).ToList())),
        ];
    }

    private static List<(string Rule, List<RolloutEnd> Ends)> RunPhase(
        StreamKind kind,
        Fault fault,
        ulong seed,
        int rollouts,
        bool endsOnPass
    )
    {
        var dice = new Dice(seed << 20);
        var noise = Rollout.Measure(kind, dice);
        var (ours, flagger, argo, kayenta) = (
            new List<RolloutEnd>(rollouts),
            new List<RolloutEnd>(rollouts),
            new List<RolloutEnd>(rollouts),
            new List<RolloutEnd>(rollouts)
        );
        for (var rollout = 0; rollout < rollouts; rollout++)
        {
            var slots = Rollout.Simulate(kind, fault, dice);
            ours.Add(Rollout.Judge([.. noise], slots, endsOnPass));
            flagger.Add(PeerRules.Flagger(slots));
            argo.Add(PeerRules.Argo(slots));
            if (rollout % KayentaEvery == 0)
            {
                kayenta.Add(PeerRules.Kayenta(slots));
            }
        }

        return [("ours", ours), ("Kayenta", kayenta), ("Flagger", flagger), ("Argo", argo)];
    }

    private static Figure Share(
        string metric,
        List<RolloutEnd> ends,
        Func<RolloutEnd, bool> counts,
        StreamKind kind,
        string rule
    )
    {
        var hits = ends.Count(counts);
        return new Figure(
            Name,
            metric,
            (double)hits / ends.Count,
            "share",
            $"{kind.Name}, {rule}",
            string.Create(CultureInfo.InvariantCulture, $"({hits:#,0} of {ends.Count:#,0} rollouts)")
        );
    }

    /// <summary>3,600 where it takes longer than the hour.</summary>
    private static Figure Quantile(
        string metric,
        double probability,
        List<RolloutEnd> ends,
        Func<RolloutEnd, int?> seconds,
        string workload
    )
    {
        var ordered = ends.Select(end => seconds(end) ?? HourSeconds).Order().ToList();
        var at = Math.Min(ordered.Count - 1, (int)(ordered.Count * probability));
        return new Figure(
            Name,
            metric,
            ordered[at],
            "s",
            workload,
            string.Create(CultureInfo.InvariantCulture, $"({ordered.Count:#,0} rollouts)")
        );
    }
}
