using System.Security.Cryptography;

namespace Orchestrator.HostAgent.Reporting;

/// <summary>
/// How long to wait before the bus is tried again: from half a second doubling to ten, each shortened by chance by up to
/// a half, so that a thousand agents do not come back in the same moment.
/// </summary>
internal static class RetryDelay
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(10);

    /// <summary>Far beyond the cap already, and shifting further would overflow.</summary>
    private const int MaxDoublings = 10;

    private const int Whole = 1000;

    /// <param name="failures">In a row, from 1.</param>
    public static TimeSpan After(int failures)
    {
        var doubled = First * (1 << Math.Clamp(failures - 1, 0, MaxDoublings));
        var full = doubled < Cap ? doubled : Cap;
        return full * RandomNumberGenerator.GetInt32(Whole / 2, Whole) / Whole;
    }
}
