namespace Orchestrator.Core.Judging;

/// <summary>What canary and control answered in one interval. Errors never exceed requests.</summary>
public sealed record TrafficBucket(
    DateTimeOffset From,
    DateTimeOffset To,
    long CanaryRequests,
    long CanaryErrors,
    long ControlRequests,
    long ControlErrors
);
