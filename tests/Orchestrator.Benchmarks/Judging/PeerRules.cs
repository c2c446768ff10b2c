using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Benchmarks.Judging;

/// <summary>The rules of others on the very same slots.</summary>
internal static class PeerRules
{
    private const int SlotsAMinute = 60 / TrafficStream.SlotSeconds;
    private const int Minutes = 60;
    private const int LookEvery = 5;

    public static RolloutEnd Flagger(Slot[] slots) => Threshold(Judged.Flagger, slots, minutesBetween: 1);

    public static RolloutEnd Argo(Slot[] slots) => Threshold(Judged.Argo, slots, minutesBetween: LookEvery);

    /// <summary>A look every five minutes, each at all points since the beginning; it passes with the last look, if with any.</summary>
    public static RolloutEnd Kayenta(Slot[] slots)
    {
        var points = Enumerable.Range(0, Minutes).Select(minute => Point.Of(Minute(slots, minute))).ToArray();
        var last = JudgementOutcome.Continue;
        for (var minutes = LookEvery; minutes <= Minutes; minutes += LookEvery)
        {
            var seen = points.AsSpan(0, minutes);
            last = RankSumRule
                .Judge(
                    Judged.Kayenta,
                    [
                        Metric("errors", seen, point => point.CanaryErrors, point => point.ControlErrors),
                        Metric("latency", seen, point => point.CanaryLatency, point => point.ControlLatency),
                        Metric("cpu", seen, point => point.CanaryCpu, point => point.ControlCpu),
                    ]
                )
                .Outcome;
            if (last == JudgementOutcome.Fail)
            {
                return new RolloutEnd(minutes * 60, HeldAfter: null, PassedAfter: null);
            }
        }

        return new RolloutEnd(null, null, last == JudgementOutcome.Pass ? Minutes * 60 : null);
    }

    private static RankedMetric Metric(
        string name,
        ReadOnlySpan<Point> points,
        Func<Point, double> canary,
        Func<Point, double> control
    )
    {
        var left = ImmutableArray.CreateBuilder<double>(points.Length);
        var right = ImmutableArray.CreateBuilder<double>(points.Length);
        foreach (var point in points)
        {
            left.Add(canary(point));
            right.Add(control(point));
        }

        return new RankedMetric(
            name,
            MetricDirection.HigherIsWorse,
            IsCritical: false,
            left.MoveToImmutable(),
            right.MoveToImmutable()
        );
    }

    private static RolloutEnd Threshold(ThresholdPolicy policy, Slot[] slots, int minutesBetween)
    {
        var checks = new List<ThresholdCheck>(Minutes);
        for (var minute = minutesBetween - 1; minute < Minutes; minute += minutesBetween)
        {
            checks.Add(Check(Minute(slots, minute)));
            var seconds = (minute + 1) * 60;
            switch (ThresholdRule.Judge(policy, checks).Outcome)
            {
                case JudgementOutcome.Fail:
                    return new RolloutEnd(seconds, HeldAfter: null, PassedAfter: null);
                case JudgementOutcome.Pass:
                    return new RolloutEnd(FailedAfter: null, HeldAfter: null, seconds);
                default:
                    break;
            }
        }

        return default;
    }

    private static ThresholdCheck Check(ReadOnlySpan<Slot> minute)
    {
        var (requests, errors) = (0L, 0L);
        foreach (var slot in minute)
        {
            requests += slot.Errors.CanaryTotal;
            errors += slot.Errors.CanaryHits;
        }

        return requests == 0
            ? new ThresholdCheck.NotMeasured("no requests")
            : new ThresholdCheck.Measured((double)errors / requests);
    }

    private static ReadOnlySpan<Slot> Minute(Slot[] slots, int minute) =>
        slots.AsSpan(minute * SlotsAMinute, SlotsAMinute);

    /// <summary>A minute of all metrics; NaN where there was no request.</summary>
    private readonly record struct Point(
        double CanaryErrors,
        double ControlErrors,
        double CanaryLatency,
        double ControlLatency,
        double CanaryCpu,
        double ControlCpu
    )
    {
        public static Point Of(ReadOnlySpan<Slot> minute)
        {
            var (canary, canaryErrors, control, controlErrors) = (0.0, 0.0, 0.0, 0.0);
            var (canaryCpu, controlCpu) = (0.0, 0.0);
            var canaryLatency = new long[LatencyTable.Bounds.Length + 1];
            var controlLatency = new long[LatencyTable.Bounds.Length + 1];
            foreach (var slot in minute)
            {
                canary += slot.Errors.CanaryTotal;
                canaryErrors += slot.Errors.CanaryHits;
                control += slot.Errors.ControlTotal;
                controlErrors += slot.Errors.ControlHits;
                canaryCpu += slot.Cpu.Canary / minute.Length;
                controlCpu += slot.Cpu.Control / minute.Length;
                for (var index = 0; index < canaryLatency.Length; index++)
                {
                    canaryLatency[index] += slot.Latency.Canary[index];
                    controlLatency[index] += slot.Latency.Control[index];
                }
            }

            return new Point(
                canaryErrors / canary,
                controlErrors / control,
                LatencyTable.Quantile(canaryLatency, 0.95),
                LatencyTable.Quantile(controlLatency, 0.95),
                canaryCpu,
                controlCpu
            );
        }
    }
}
