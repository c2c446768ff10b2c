namespace Orchestrator.Samples.Load;

/// <summary>The counters at one moment. sent = ok + failed + in flight; what found no free slot is dropped and not sent.</summary>
internal sealed record LoadReport
{
    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset At { get; init; }

    public required long Sent { get; init; }

    public required long Ok { get; init; }

    public required long Failed { get; init; }

    public required long Dropped { get; init; }

    public required long InFlight { get; init; }

    /// <summary>From the moment a request was due, so that a stall counts against everyone who had to wait for it.</summary>
    public required double P50Milliseconds { get; init; }

    public required double P99Milliseconds { get; init; }

    public required DateTimeOffset? FirstFailedAt { get; init; }

    public required DateTimeOffset? LastFailedAt { get; init; }

    public required IReadOnlyList<TargetReport> Targets { get; init; }
}

/// <summary>One target's share, with its first failures.</summary>
internal sealed record TargetReport(
    Uri Url,
    long Ok,
    long Failed,
    IReadOnlyList<VersionReport> Versions,
    IReadOnlyList<FailedRequest> FirstFailures
);

/// <summary>What the version named by the answer's <c>X-Orc-Version</c> did; <c>none</c> where no version answered.</summary>
internal sealed record VersionReport(string Version, long Ok, long Failed);

/// <summary>A status of 0 means that no answer came.</summary>
internal sealed record FailedRequest(DateTimeOffset At, int Status, string Version, string Detail);
