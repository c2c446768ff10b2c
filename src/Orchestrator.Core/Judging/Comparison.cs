namespace Orchestrator.Core.Judging;

/// <summary>
/// Joins consecutive buckets until both arms have answered, for nothing can be compared with silence: at one request a
/// second, hardly any one-second bucket has both. When to stop joining depends on requests, not on errors, so e-processes
/// stay valid; their null then speaks of the mean rates over the joined time.
/// </summary>
internal sealed class Comparison
{
    /// <summary>Older buckets are dropped unheard: rates of different times must not be compared.</summary>
    private static readonly TimeSpan MaxJoined = TimeSpan.FromMinutes(1);

    private TrafficBucket? _waiting;

    /// <summary>What can be compared now; null while an arm is silent.</summary>
    public ComparedErrors? Add(TrafficBucket bucket)
    {
        var joined = _waiting is { } waiting && bucket.To - waiting.From <= MaxJoined ? Join(waiting, bucket) : bucket;
        if (joined is not { CanaryRequests: > 0, ControlRequests: > 0 })
        {
            _waiting = joined;
            return null;
        }

        _waiting = null;
        return new ComparedErrors(
            joined.CanaryErrors,
            joined.CanaryErrors + joined.ControlErrors,
            (double)joined.CanaryRequests / joined.ControlRequests
        );
    }

    private static TrafficBucket Join(TrafficBucket first, TrafficBucket second) =>
        new(
            first.From,
            second.To,
            first.CanaryRequests + second.CanaryRequests,
            first.CanaryErrors + second.CanaryErrors,
            first.ControlRequests + second.ControlRequests,
            first.ControlErrors + second.ControlErrors
        );
}

/// <param name="All">Errors of both arms.</param>
/// <param name="CanaryOdds">That a request went to the canary.</param>
internal readonly record struct ComparedErrors(long OfCanary, long All, double CanaryOdds);
