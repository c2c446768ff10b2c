using Orchestrator.Contracts.Bus;

namespace Orchestrator.HostAgent.Instances;

/// <summary>What a health check says about an instance, and when to check again.</summary>
internal static class ReadinessRule
{
    /// <summary>A starting service mostly answers within a fraction of the interval at which it is checked later.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>20 ms doubled so often are beyond any interval worth having.</summary>
    private const int MaxDoublings = 12;

    /// <param name="failure">Null when the check passed.</param>
    public static Readiness Next(Readiness readiness, AssignedHealthCheck check, string? failure, TimeSpan now) =>
        (readiness, failure) switch
        {
            (Readiness.Ready ready, null) => ready with { FailedProbes = 0 },
            (_, null) => new Readiness.Ready(now, FailedProbes: 0),
            (Readiness.Ready ready, _) when ready.FailedProbes + 1 < check.UnhealthyAfter => ready with
            {
                FailedProbes = ready.FailedProbes + 1,
            },
            (Readiness.Unproven unproven, var reason) => new Readiness.Unproven(unproven.Probes + 1, reason),
            (_, var reason) => new Readiness.Unhealthy(reason),
        };

    /// <summary>The check's own interval; until it is ready for the first time quickly at first, then doubling up to it.</summary>
    public static TimeSpan Delay(Readiness readiness, AssignedHealthCheck check)
    {
        var interval = TimeSpan.FromMilliseconds(check.IntervalMilliseconds);
        var delay = readiness is Readiness.Unproven unproven
            ? FirstDelay * (1 << Math.Min(unproven.Probes, MaxDoublings))
            : interval;
        return delay < interval ? delay : interval;
    }
}
