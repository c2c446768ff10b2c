using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Between rollouts, learns how much two halves of a stage's instances differ by chance.</summary>
internal static class ReferenceIntake
{
    /// <param name="counts">Of one gateway and interval, while no rollout is under way there.</param>
    public static void Count(CellDraft draft, DeploymentKey key, ReadOnlySpan<TrafficCount> counts, DateTimeOffset now)
    {
        if (
            draft.Deployments.Find(key)?.Current is not { } current
            || Of(current, counts) is not { Part: { } half } whole
            || draft.StageOf(key) is not { Strategy.Steps.IsEmpty: false } stage
            || !stage.Judge.CountsErrors && stage.Judge.Latency is null
        )
        {
            return;
        }

        if (!draft.References.TryGetValue(key, out var reference))
        {
            draft.References[key] = reference = new ReferenceTraffic();
        }

        // A half may have been counted a moment later than the whole.
        var bucket = new TrafficBucket(
            now,
            now,
            half.Requests,
            half.Errors,
            Math.Max(0, whole.Requests - half.Requests),
            Math.Max(0, Math.Min(whole.Errors - half.Errors, whole.Requests - half.Requests))
        )
        {
            CanaryLatencies = half.Latencies,
            ControlLatencies = Rest(whole.Latencies, half.Latencies),
        };
        if (reference.Add(bucket, stage.Judge.Latency is not null, now) is { } page)
        {
            draft.ReferencePages.Add(new KeptReference(key.Service, key.Stage, page));
        }
    }

    private static TrafficCount? Of(SemanticVersion version, ReadOnlySpan<TrafficCount> counts)
    {
        foreach (var count in counts)
        {
            if (count.Version == version)
            {
                return count;
            }
        }

        return null;
    }

    /// <summary>What is known when a rollout is planned; where that is nothing, what an earlier one there knew.</summary>
    public static ImmutableSortedDictionary<string, Noise> NoiseAt(CellDraft draft, ServiceName service, Stage stage)
    {
        var earlier = draft
            .TrainsWith(service)
            .Select(train => draft.RolloutOf(train, stage.Name, service))
            .OfType<Rollout>()
            .MaxBy(rollout => rollout.PlannedAt);
        var known =
            earlier?.Noise ?? ImmutableSortedDictionary<string, Noise>.Empty.WithComparers(StringComparer.Ordinal);
        return draft.References.TryGetValue(new DeploymentKey(service, stage.Name), out var reference)
            ? known.SetItems(Measured(reference, stage.Judge))
            : known;
    }

    /// <summary>Nothing of metrics that gateways do not measure, nor of what was not seen for long enough.</summary>
    private static IEnumerable<KeyValuePair<string, Noise>> Measured(ReferenceTraffic reference, JudgePolicy judge) =>
        StageJudge
            .PolicyOf(judge, step: null)
            .Metrics.Where(metric => metric.Name is StageJudge.Errors or StageJudge.Latency)
            .Select(metric =>
                KeyValuePair.Create(
                    metric.Name,
                    metric.Name == StageJudge.Errors ? reference.OfErrors(metric) : reference.OfLatencies(metric)
                )
            )
            .Where(measured => measured.Value.IsMeasured);

    private static ImmutableArray<long> Rest(ImmutableArray<long> whole, ImmutableArray<long> half) =>
        whole.Length == half.Length ? [.. whole.Zip(half, (all, part) => Math.Max(0, all - part))] : [];
}
