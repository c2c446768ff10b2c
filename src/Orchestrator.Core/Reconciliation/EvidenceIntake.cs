using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Gives what was measured to the rollouts that it tells something of.</summary>
internal static class EvidenceIntake
{
    /// <summary>The traffic of one gateway and interval.</summary>
    public static void Count(CellDraft draft, CellInput.TrafficCounted counted, DateTimeOffset now)
    {
        if (!draft.Contacts.CountsFirst(counted.Gateway, counted.Session, counted.Sequence))
        {
            return;
        }

        foreach (var mine in counted.Counts.GroupBy(count => new DeploymentKey(count.Service, count.Stage)))
        {
            if (draft.RolloutAt(mine.Key) is not { } rollout)
            {
                continue;
            }

            var (canary, control) = (SumOf(mine, rollout.To), SumOf(mine, rollout.From));
            var bucket = new TrafficBucket(
                counted.From,
                counted.To,
                canary.Requests,
                canary.Errors,
                control.Requests,
                control.Errors
            )
            {
                CanaryLatencies = canary.Latencies,
                ControlLatencies = control.Latencies,
            };
            RolloutConduct.Step(draft, rollout, new RolloutEvent.Sampled(bucket), now);
        }
    }

    /// <summary>Latencies are empty if one of the counts has none.</summary>
    private static Sums SumOf(IEnumerable<TrafficCount> counts, SemanticVersion? version)
    {
        var (requests, errors, isKnown) = (0L, 0L, true);
        var latencies = new long[TrafficBucket.LatencyBounds.Length + 1];
        foreach (var count in counts)
        {
            if (count.Version != version)
            {
                continue;
            }

            requests += count.Requests;
            errors += count.Errors;
            isKnown &= count.Latencies.Length == latencies.Length;
            for (var index = 0; isKnown && index < latencies.Length; index++)
            {
                latencies[index] += count.Latencies[index];
            }
        }

        return new Sums(requests, errors, isKnown ? ImmutableCollectionsMarshal.AsImmutableArray(latencies) : []);
    }

    private readonly record struct Sums(long Requests, long Errors, ImmutableArray<long> Latencies);
}
