using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Benchmarks.Judging;

/// <summary>What a rule made of one simulated rollout: seconds until then; null where it did not happen within the hour.</summary>
internal readonly record struct RolloutEnd(int? FailedAfter, int? HeldAfter, int? PassedAfter);

/// <summary>Rollouts of an hour, judged by our judge, which looks every ten seconds.</summary>
internal static class Rollout
{
    /// <summary>Of the A/A phase, which serves many rollouts.</summary>
    public const int ReferenceHours = 24;

    public static Noise[] Measure(StreamKind kind, Dice dice)
    {
        var stream = new TrafficStream(kind, Fault.None, dice);
        var slots = new List<Slot>(ReferenceHours * TrafficStream.SlotsAnHour);
        for (var slot = 0; slot < ReferenceHours * TrafficStream.SlotsAnHour; slot++)
        {
            slots.Add(stream.At(slot, isRollout: false));
        }

        return
        [
            ReferencePhase.Measure(Judged.Policy.Metrics[0], [.. slots.Select(slot => slot.Errors)]),
            ReferencePhase.Measure(Judged.Policy.Metrics[1], [.. slots.Select(slot => slot.Latency)]),
            ReferencePhase.Measure(Judged.Policy.Metrics[2], [.. slots.Select(slot => slot.Cpu)]),
        ];
    }

    public static Slot[] Simulate(StreamKind kind, Fault fault, Dice dice)
    {
        var stream = new TrafficStream(kind, fault, dice);
        var slots = new Slot[TrafficStream.SlotsAnHour];
        for (var slot = 0; slot < slots.Length; slot++)
        {
            slots[slot] = stream.At(slot, isRollout: true);
        }

        return slots;
    }

    /// <param name="endsOnPass">Whether it is over when it passes; else it must not fail until the hour is over.</param>
    public static RolloutEnd Judge(ImmutableArray<Noise> noise, Slot[] slots, bool endsOnPass)
    {
        var watch = new CanaryWatch(Judged.Policy, noise);
        var (seconds, held, passed) = (0, (int?)null, (int?)null);
        foreach (var slot in slots)
        {
            seconds += TrafficStream.SlotSeconds;
            watch.Observe(0, slot.Errors);
            watch.Observe(1, slot.Latency);
            watch.Observe(2, slot.Cpu);
            if (watch.Failed is not null)
            {
                return new RolloutEnd(seconds, held, passed);
            }

            var isSuspect = watch.Suspect() is not null;
            held ??= isSuspect ? seconds : null;
            var mayPass = passed is null && !isSuspect && seconds >= Judged.Policy.MinSoak.TotalSeconds;
            passed ??= mayPass && IsGoodEnough(watch) ? seconds : null;
            if (endsOnPass && passed is not null)
            {
                break;
            }
        }

        return new RolloutEnd(FailedAfter: null, held, passed);
    }

    private static bool IsGoodEnough(CanaryWatch watch)
    {
        foreach (var metric in watch.Metrics)
        {
            if (!metric.IsGoodEnough)
            {
                return false;
            }
        }

        return true;
    }
}
