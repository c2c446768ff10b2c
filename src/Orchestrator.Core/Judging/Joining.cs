namespace Orchestrator.Core.Judging;

/// <summary>
/// Joins samples into buckets of a width, and further until both arms have answered. When a bucket is complete depends on time
/// and requests, never on hits, so e-processes stay valid.
/// </summary>
internal sealed class Joining(TimeSpan width)
{
    /// <summary>What is older is dropped unheard: different times must not be compared.</summary>
    private static readonly TimeSpan LeastJoined = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _longest = width * 2 > LeastJoined ? width * 2 : LeastJoined;
    private ArmCounts _waiting;
    private TimeSpan _covered;
    private DateTimeOffset _from;

    /// <summary>The bucket that this sample completes; null while there is none.</summary>
    public ArmCounts? Add(DateTimeOffset from, DateTimeOffset to, ArmCounts sample)
    {
        if (_covered == TimeSpan.Zero || to - _from > _longest)
        {
            (_waiting, _covered, _from) = (sample, to - from, from);
        }
        else
        {
            _waiting += sample;
            _covered += to - from;
        }

        if (_covered < width || !_waiting.HasBothArms)
        {
            return null;
        }

        _covered = TimeSpan.Zero;
        return _waiting;
    }
}
