namespace Orchestrator.Core.Judging;

/// <summary>θ/(1 − θ).</summary>
internal static class Odds
{
    /// <param name="rate">Above 0 and below 1.</param>
    public static double Of(double rate) => rate / (1 - rate);

    /// <summary>That a request of the bucket went to the canary; null when an arm is silent, for then nothing can be compared.</summary>
    public static double? OfCanary(TrafficBucket bucket) =>
        bucket is { CanaryRequests: > 0, ControlRequests: > 0 }
            ? (double)bucket.CanaryRequests / bucket.ControlRequests
            : null;
}
