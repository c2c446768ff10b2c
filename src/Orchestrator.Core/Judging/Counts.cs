namespace Orchestrator.Core.Judging;

/// <summary>Sums over buckets.</summary>
internal sealed record Counts(long CanaryRequests, long CanaryErrors, long ControlRequests, long ControlErrors)
{
    public static readonly Counts None = new(CanaryRequests: 0, CanaryErrors: 0, ControlRequests: 0, ControlErrors: 0);

    public Counts Plus(TrafficBucket bucket) =>
        new(
            CanaryRequests + bucket.CanaryRequests,
            CanaryErrors + bucket.CanaryErrors,
            ControlRequests + bucket.ControlRequests,
            ControlErrors + bucket.ControlErrors
        );
}
