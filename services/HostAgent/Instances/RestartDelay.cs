namespace Orchestrator.HostAgent.Instances;

/// <summary>
/// How long a failed instance waits: a tenth of a second the first time, since what was killed once mostly runs well
/// again, then one second doubling to a minute. Ten minutes of being ready make it a first time again.
/// </summary>
internal static class RestartDelay
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Cap = TimeSpan.FromMinutes(1);

    /// <summary>Ready for this long, earlier failures no longer count.</summary>
    public static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>2^16 seconds are far beyond the cap already, and shifting further would overflow.</summary>
    private const int MaxDoublings = 16;

    /// <param name="failures">In a row, this one counted.</param>
    public static TimeSpan After(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        if (failures == 1)
        {
            return First;
        }

        var doubled = Second * (1 << Math.Min(failures - 2, MaxDoublings));
        return doubled < Cap ? doubled : Cap;
    }
}
