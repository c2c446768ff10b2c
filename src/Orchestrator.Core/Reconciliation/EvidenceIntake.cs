using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Orchestrator.Core.Catalog;
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

        for (var rest = counted.Counts.AsSpan(); !rest.IsEmpty; )
        {
            var mine = rest[..LengthOfFirst(rest)];
            rest = rest[mine.Length..];
            var key = new DeploymentKey(mine[0].Service, mine[0].Stage);
            if (draft.RolloutAt(key) is not { } rollout)
            {
                ReferenceIntake.Count(draft, key, mine, now);
                continue;
            }

            RolloutConduct.Step(draft, rollout, SampledOf(counted, mine, rollout), now);
        }
    }

    /// <summary>How many of them, from the first on, are of one service at one stage.</summary>
    private static int LengthOfFirst(ReadOnlySpan<TrafficCount> counts)
    {
        var length = 1;
        while (
            length < counts.Length
            && counts[length].Service == counts[0].Service
            && counts[length].Stage == counts[0].Stage
        )
        {
            length++;
        }

        return length;
    }

    /// <summary>One sample of a metric that gateways do not measure.</summary>
    public static CellAnswer Measure(CellDraft draft, CellInput.MetricMeasured measured, DateTimeOffset now)
    {
        if (!draft.Rollouts.TryGet(measured.Rollout, out var rollout))
        {
            return Refused(
                RefusalKind.NotFound,
                "rollout_unknown",
                $"There is no rollout {measured.Rollout}.",
                "See the rollouts: orc get rollouts --active"
            );
        }

        var rule = rollout.Stage.Judge.Metrics.FirstOrDefault(rule => rule.Name == measured.Metric);
        if (rule is null || rule.Source is MetricSource.Query != measured.IsAsked)
        {
            return Refused(
                RefusalKind.Invalid,
                "metric_not_sent",
                rule is null
                    ? $"{rollout.Id} is not judged by a metric '{measured.Metric}'."
                    : $"'{measured.Metric}' is not sent: the control plane asks for it.",
                "Metrics that are sent stand in the line's manifest, at judge.metrics without a query."
            );
        }

        if (!RolloutEvidence.TakesTraffic(rollout))
        {
            return Refused(
                RefusalKind.Conflict,
                "no_canary",
                $"{rollout.Id} has no canary with traffic now.",
                $"See where it stands: orc rollout status {rollout.Id}"
            );
        }

        RolloutConduct.Step(draft, rollout, new RolloutEvent.Measured(measured.Metric, measured.Sample), now);
        return Told(draft.Rollouts[rollout.Id], measured.Metric);
    }

    private static CellAnswer Told(Rollout rollout, string metric)
    {
        var evidence = rollout.Evidence!;
        var place = StageJudge.PlaceOf(evidence.Policy, metric)!.Value;
        return evidence.Last(place) is MetricSample.Missing gap
            ? Refused(
                RefusalKind.Invalid,
                "sample_without_weight",
                $"The sample does not count: {gap.Why}.",
                "It was noted as a gap; send the next one."
            )
            : new CellAnswer.Accepted(rollout.Id.Value, $"{rollout.Verdict!.Outcome}: {rollout.Verdict.Reason}");
    }

    private static CellAnswer.Refused Refused(RefusalKind kind, string code, string message, string hint) =>
        new(kind, code, message, hint);

    private static RolloutEvent.Sampled SampledOf(
        CellInput.TrafficCounted counted,
        ReadOnlySpan<TrafficCount> mine,
        Rollout rollout
    )
    {
        var hasLatencies = rollout.Stage.Judge.Latency is not null;
        var (canary, control, peers) = (new ArmSum(hasLatencies), new ArmSum(hasLatencies), default(ArmSum));
        foreach (var count in mine)
        {
            if (count.Version == rollout.To)
            {
                canary.Add(count.Requests, count.Errors, count.Latencies);
            }
            else if (count.Version == rollout.From)
            {
                control.Add(count.Requests, count.Errors, count.Latencies);
                if (count.Part is { } part)
                {
                    peers ??= new ArmSum(hasLatencies);
                    peers.Add(part.Requests, part.Errors, part.Latencies);
                }
            }
        }

        return new RolloutEvent.Sampled(
            BucketOf(counted, canary, control),
            peers is null ? null : BucketOf(counted, canary, peers)
        );
    }

    private static TrafficBucket BucketOf(CellInput.TrafficCounted counted, ArmSum canary, ArmSum control) =>
        new(counted.From, counted.To, canary.Requests, canary.Errors, control.Requests, control.Errors)
        {
            CanaryLatencies = canary.Latencies,
            ControlLatencies = control.Latencies,
        };

    private sealed class ArmSum(bool hasLatencies)
    {
        private readonly long[] _latencies = hasLatencies ? new long[TrafficBucket.LatencyBounds.Length + 1] : [];
        private bool _isKnown = hasLatencies;

        public long Requests { get; private set; }

        public long Errors { get; private set; }

        /// <summary>Empty if nobody wants them, and if one of the counts has none.</summary>
        public ImmutableArray<long> Latencies =>
            _isKnown ? ImmutableCollectionsMarshal.AsImmutableArray(_latencies) : [];

        public void Add(long requests, long errors, ImmutableArray<long> latencies)
        {
            Requests += requests;
            Errors += errors;
            _isKnown &= latencies.Length == _latencies.Length;
            for (var index = 0; _isKnown && index < latencies.Length; index++)
            {
                _latencies[index] += latencies[index];
            }
        }
    }
}
