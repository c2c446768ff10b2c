using System.Collections.Immutable;

namespace Orchestrator.Samples.Load;

/// <summary>What one request came to; a status of 0 means that no answer came.</summary>
internal sealed record RequestOutcome(int Status, string Version, string Detail)
{
    public bool IsOk => Status is >= 200 and < 400;
}

/// <summary>Counts requests from many threads; <see cref="Report"/> sees all of them at one moment.</summary>
internal sealed class LoadCounters(ImmutableArray<Uri> targets, DateTimeOffset startedAt)
{
    /// <summary>Enough to see what went wrong, and little enough to read.</summary>
    private const int MaxFailuresPerTarget = 20;

    /// <summary>More versions than a demonstration or test ever has; the rest count as <see cref="OtherVersions"/>.</summary>
    private const int MaxVersionsPerTarget = 64;
    private const string OtherVersions = "other";

    private readonly Lock _lock = new();
    private readonly LatencyHistogram _latencies = new();
    private readonly ImmutableArray<Target> _targets = [.. targets.Select(url => new Target(url))];
    private long _sent;
    private long _dropped;
    private DateTimeOffset? _firstFailedAt;
    private DateTimeOffset? _lastFailedAt;

    public void Sent()
    {
        lock (_lock)
        {
            _sent++;
        }
    }

    public void Dropped()
    {
        lock (_lock)
        {
            _dropped++;
        }
    }

    public void Answered(int target, RequestOutcome outcome, TimeSpan latency, DateTimeOffset now)
    {
        lock (_lock)
        {
            _latencies.Add(latency);
            _targets[target].Add(outcome, now);
            if (!outcome.IsOk)
            {
                _firstFailedAt ??= now;
                _lastFailedAt = now;
            }
        }
    }

    public LoadReport Report(DateTimeOffset now)
    {
        lock (_lock)
        {
            var perTarget = _targets.Select(target => target.Report()).ToImmutableArray();
            var ok = perTarget.Sum(target => target.Ok);
            var failed = perTarget.Sum(target => target.Failed);
            return new LoadReport
            {
                StartedAt = startedAt,
                At = now,
                Sent = _sent,
                Ok = ok,
                Failed = failed,
                Dropped = _dropped,
                InFlight = _sent - ok - failed,
                P50Milliseconds = _latencies.PercentileMilliseconds(50),
                P99Milliseconds = _latencies.PercentileMilliseconds(99),
                FirstFailedAt = _firstFailedAt,
                LastFailedAt = _lastFailedAt,
                Targets = perTarget,
            };
        }
    }

    private sealed class Target(Uri url)
    {
        private readonly SortedDictionary<string, (long Ok, long Failed)> _versions = new(StringComparer.Ordinal);
        private readonly List<FailedRequest> _failures = [];

        public void Add(RequestOutcome outcome, DateTimeOffset now)
        {
            var isKnown = _versions.ContainsKey(outcome.Version) || _versions.Count < MaxVersionsPerTarget;
            var key = isKnown ? outcome.Version : OtherVersions;
            var (ok, failed) = _versions.GetValueOrDefault(key);
            _versions[key] = outcome.IsOk ? (ok + 1, failed) : (ok, failed + 1);
            if (!outcome.IsOk && _failures.Count < MaxFailuresPerTarget)
            {
                _failures.Add(new FailedRequest(now, outcome.Status, outcome.Version, outcome.Detail));
            }
        }

        public TargetReport Report() =>
            new(
                url,
                _versions.Values.Sum(count => count.Ok),
                _versions.Values.Sum(count => count.Failed),
                [.. _versions.Select(pair => new VersionReport(pair.Key, pair.Value.Ok, pair.Value.Failed))],
                [.. _failures]
            );
    }
}
